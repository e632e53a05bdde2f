package dev.sidewal.agent;

/**
 * The images of a session.
 *
 * @param snapshots snapshots that the store has
 * @param deltas deltas that the store has
 * @param bytes bytes of both
 * @param givenUp images that were begun and given up
 */
public record ImageCounts(long snapshots, long deltas, long bytes, long givenUp) {

  /** Nothing yet. */
  public static final ImageCounts NONE = new ImageCounts(0, 0, 0, 0);

  ImageCounts with(boolean snapshot, long length) {
    return new ImageCounts(
        snapshots + (snapshot ? 1 : 0), deltas + (snapshot ? 0 : 1), bytes + length, givenUp);
  }

  ImageCounts withGivenUp() {
    return new ImageCounts(snapshots, deltas, bytes, givenUp + 1);
  }
}
