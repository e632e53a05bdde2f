package dev.sidewal.segment;

/**
 * Gets the parts of an object while every byte of it is verified: the blocks of an index chunk, in
 * order, then the chunk, which says what was in them.
 */
public interface VerifiedParts {

  /** Looks at nothing. */
  VerifiedParts NONE =
      new VerifiedParts() {
        @Override
        public void block(byte[] raw, int length) {}

        @Override
        public void chunk(IndexChunk chunk) {}
      };

  /**
   * Gets the pages of the next block, one behind the other.
   *
   * @param raw holds them from its begin on; overwritten when this returns
   * @param length bytes of them
   */
  void block(byte[] raw, int length);

  /** Gets the chunk that describes the blocks since the chunk before. */
  void chunk(IndexChunk chunk);
}
