package dev.sidewal.segment;

/**
 * One block as an index chunk describes it.
 *
 * @param offset where its header begins in the object, in bytes
 * @param storedLength its bytes in the object, the 16-byte header included
 * @param rawLength its bytes when decompressed
 * @param firstFrame the ordinal of its first frame within the chunk, from 0
 * @param frames how many page images it holds, 1 or more
 */
public record BlockEntry(long offset, int storedLength, int rawLength, int firstFrame, int frames) {

  /** Returns the offset of the first byte after it. */
  public long end() {
    return offset + storedLength;
  }
}
