package dev.sidewal.retention;

/** The tag that tells retired objects from live ones. */
public final class RetiredTag {

  /** The name of the tag. */
  public static final String NAME = "sidewal";

  /** The value on objects that nothing needs any more: a lifecycle rule deletes them. */
  public static final String RETIRED = "retired";

  /** The value that the probe of a store puts on a live object. */
  public static final String LIVE = "live";

  private RetiredTag() {}
}
