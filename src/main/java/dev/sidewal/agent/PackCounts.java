package dev.sidewal.agent;

/**
 * What was packed in this generation of the agent, be it of this generation or of earlier ones.
 *
 * @param packs packs that are in the store, verified
 * @param packedSegments segments that they hold
 * @param packBytes bytes of those packs
 * @param removedSegments segments that are no longer needed and were removed from the store
 * @param retiredSegments segments that are no longer needed, and were tagged for the store's rules
 *     to delete, because it does not let the agent delete
 */
public record PackCounts(
    long packs, long packedSegments, long packBytes, long removedSegments, long retiredSegments) {

  /** Nothing yet. */
  public static final PackCounts NONE = new PackCounts(0, 0, 0, 0, 0);

  PackCounts withPack(int segments, long bytes) {
    return new PackCounts(
        packs + 1, packedSegments + segments, packBytes + bytes, removedSegments, retiredSegments);
  }

  PackCounts withRemoved() {
    return new PackCounts(packs, packedSegments, packBytes, removedSegments + 1, retiredSegments);
  }

  PackCounts withRetired() {
    return new PackCounts(packs, packedSegments, packBytes, removedSegments, retiredSegments + 1);
  }
}
