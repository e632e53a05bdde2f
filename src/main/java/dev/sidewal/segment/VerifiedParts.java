package dev.sidewal.segment;

/**
 * Gets the parts of an object while every byte of it is verified: the page images of an index
 * chunk's blocks, in order, then the chunk, which says which pages they are.
 */
public interface VerifiedParts {

  /** Looks at nothing. */
  VerifiedParts NONE =
      new VerifiedParts() {
        @Override
        public void page(byte[] bytes, int offset) {}

        @Override
        public void chunk(IndexChunk chunk) {}
      };

  /**
   * Gets the next page image.
   *
   * @param bytes holds it from {@code offset} on; overwritten when this returns
   */
  void page(byte[] bytes, int offset);

  /** Gets the chunk that describes the blocks since the chunk before. */
  void chunk(IndexChunk chunk);
}
