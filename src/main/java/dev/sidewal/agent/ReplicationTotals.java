package dev.sidewal.agent;

import dev.sidewal.sqlite.FollowStatistics;

/**
 * What a replication has done since it was started, over all its sessions: no number ever falls.
 * Immutable.
 *
 * @param transactions commits copied from the log
 * @param frames frames copied from the log
 * @param copiedBytes bytes of the pages in them
 * @param epochs epochs of the log seen
 * @param checkpoints PASSIVE checkpoints run
 * @param pauses pauses made for writers
 * @param pausesFailed pauses that were in vain
 * @param shippedObjects segments, gaps and first snapshots that the store has taken
 * @param shippedBytes their bytes
 * @param packs what was packed
 * @param images snapshots and deltas that the store has taken
 */
public record ReplicationTotals(
    long transactions,
    long frames,
    long copiedBytes,
    long epochs,
    long checkpoints,
    long pauses,
    long pausesFailed,
    long shippedObjects,
    long shippedBytes,
    PackCounts packs,
    ImageCounts images) {

  /** Nothing yet. */
  public static final ReplicationTotals NONE =
      new ReplicationTotals(0, 0, 0, 0, 0, 0, 0, 0, 0, PackCounts.NONE, ImageCounts.NONE);

  /** Returns what one session has done. */
  static ReplicationTotals of(
      FollowStatistics follow,
      int pageSize,
      long shippedObjects,
      long shippedBytes,
      PackCounts packs,
      ImageCounts images) {
    return new ReplicationTotals(
        follow.transactions(),
        follow.frames(),
        follow.frames() * pageSize,
        follow.epochs(),
        follow.checkpoints(),
        follow.pauses(),
        follow.pausesFailed(),
        shippedObjects,
        shippedBytes,
        packs,
        images);
  }

  ReplicationTotals plus(ReplicationTotals more) {
    return new ReplicationTotals(
        transactions + more.transactions,
        frames + more.frames,
        copiedBytes + more.copiedBytes,
        epochs + more.epochs,
        checkpoints + more.checkpoints,
        pauses + more.pauses,
        pausesFailed + more.pausesFailed,
        shippedObjects + more.shippedObjects,
        shippedBytes + more.shippedBytes,
        new PackCounts(
            packs.packs() + more.packs.packs(),
            packs.packedSegments() + more.packs.packedSegments(),
            packs.packBytes() + more.packs.packBytes(),
            packs.removedSegments() + more.packs.removedSegments(),
            packs.retiredSegments() + more.packs.retiredSegments()),
        new ImageCounts(
            images.snapshots() + more.images.snapshots(),
            images.deltas() + more.images.deltas(),
            images.bytes() + more.images.bytes(),
            images.givenUp() + more.images.givenUp()));
  }
}
