package dev.sidewal.sqlite;

/** Says which pages belong into an image. */
@FunctionalInterface
public interface ImageFilter {

  /** Every page. */
  ImageFilter ALL = (page, hash) -> true;

  /**
   * Returns whether a page belongs into the image.
   *
   * @param page the page's number
   * @param hash the hash of its content at the moment of the image
   */
  boolean wants(long page, long hash);
}
