package dev.sidewal.segment;

/**
 * How a {@link SegmentWriter} packs pages.
 *
 * @param blockBytes raw bytes gathered before a block is compressed, up to 16 MiB; rounded down to
 *     whole pages, but at least one page. Larger blocks compress better, smaller ones let a reader
 *     fetch less
 * @param compressionLevel the zstd level, 1 to 19
 */
public record SegmentWriterOptions(int blockBytes, int compressionLevel) {

  /** 1 MiB blocks at level 1. */
  public static final SegmentWriterOptions DEFAULT = new SegmentWriterOptions(1 << 20, 1);

  /** Checks the ranges. */
  public SegmentWriterOptions {
    if (blockBytes < 1 || blockBytes > SegmentFormat.MAX_BLOCK_RAW) {
      throw new IllegalArgumentException("block bytes " + blockBytes + " are not 1 to 16777216");
    }
    if (compressionLevel < 1 || compressionLevel > 19) {
      throw new IllegalArgumentException("zstd level " + compressionLevel + " is not 1 to 19");
    }
  }
}
