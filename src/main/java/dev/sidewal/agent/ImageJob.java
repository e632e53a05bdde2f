package dev.sidewal.agent;

import dev.sidewal.fault.CrashPoint;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.BaseHashes;
import dev.sidewal.sqlite.ContinuityLostException;
import dev.sidewal.sqlite.ImageCopy;
import dev.sidewal.sqlite.ImageFilter;
import dev.sidewal.sqlite.LogFollower;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One image that is being written: a snapshot, or a delta on the last snapshot, of the moment at
 * which it was begun. Used by the thread that follows.
 *
 * <p>Invariant: it proves itself before its end is written. The hashes of its pages, together with
 * those of the base for a delta, make up the database checksum of its transaction.
 */
final class ImageJob implements AutoCloseable {

  /** Blocks are smaller than those of segments: pages in order of their numbers need no window. */
  private static final int BLOCK_BYTES = 1 << 20;

  private final TransactionRecorder.End target;
  private final Optional<SnapshotBase> base;
  private final LogFollower follower;
  private final ImageCopy copy;
  private final SegmentWriter writer;
  private final PieceQueue queue;
  private final ImageStream stream;
  private final Optional<BaseHashes> hashes;
  private long sum;
  private long pages;

  /**
   * Begins an image.
   *
   * @param target the moment, which is the end of what was copied, and marked
   * @param base the snapshot that a delta is for; empty for a snapshot
   * @param hashes gets the hashes of a snapshot's pages; empty for a delta
   * @param header says what is written
   * @param work a directory for work files, where the queue's pieces are too
   */
  ImageJob(
      TransactionRecorder.End target,
      Optional<SnapshotBase> base,
      Optional<BaseHashes> hashes,
      LogFollower follower,
      SegmentHeader header,
      SegmentWriterOptions options,
      PieceQueue queue,
      ImageStream stream,
      Path work)
      throws IOException {
    this.target = target;
    this.base = base;
    this.hashes = hashes;
    this.follower = follower;
    this.queue = queue;
    this.stream = stream;
    this.sum = header.baseChecksum();
    this.writer =
        new SegmentWriter(
            header, queue, new SegmentWriterOptions(BLOCK_BYTES, options.compressionLevel()));
    ImageFilter filter =
        base.<ImageFilter>map(b -> (page, hash) -> b.hashOf(page) != hash).orElse(ImageFilter.ALL);
    try {
      this.copy = follower.newCopy(filter, this::page, work.resolve("pages.early"));
    } catch (IOException | RuntimeException e) {
      writer.close();
      throw e;
    }
  }

  private void page(long page, byte[] source, int offset) throws IOException {
    writer.page(page, source, offset);
    long hash = follower.pageHash(page);
    if (hashes.isPresent()) {
      hashes.get().put(page, hash);
    }
    sum ^= hash ^ base.map(b -> b.hashOf(page)).orElse(0L);
    pages++;
  }

  ImageStream stream() {
    return stream;
  }

  /** Returns which moment it is an image of. */
  TransactionRecorder.End target() {
    return target;
  }

  boolean isSnapshot() {
    return stream.name().kind() == ObjectKind.SNAPSHOT;
  }

  /** Returns the hashes of a snapshot's pages. */
  Optional<BaseHashes> hashes() {
    return hashes;
  }

  /** Returns how many bytes wait on local disk for the store. */
  long pendingBytes() {
    return queue.pendingBytes();
  }

  /** Returns how many bytes of pages were written. */
  long copiedBytes() {
    return pages * follower.pageSize();
  }

  /**
   * Writes on.
   *
   * @return whether the image is written completely
   * @throws IOException if it cannot be written
   * @throws ContinuityLostException if the database is not what was committed
   */
  boolean step(long budgetBytes) throws IOException {
    boolean done = copy.step(budgetBytes);
    CrashPoint.SNAPSHOT_STEP.reached();
    if (done) {
      finish();
    }
    return done;
  }

  private void finish() throws IOException {
    if (base.isPresent()) {
      for (long p = target.pages() + 1; p <= base.get().pages(); p++) {
        sum ^= base.get().hashOf(p);
      }
    }
    if (sum != target.position().checksum()) {
      throw new ContinuityLostException(
          "the pages of "
              + stream.name()
              + " do not make up the database checksum of its transaction; it was not shipped");
    }
    writer.commit(
        new Transaction(
            target.position().txid(),
            target.time(),
            pages,
            pages,
            target.pages(),
            target.position().checksum(),
            false));
    SegmentSummary summary = writer.finish();
    stream.written(summary);
    queue.close();
    copy.close();
  }

  /** Returns the name of an image. */
  static HistoryObject name(
      long generation, TransactionRecorder.End target, Optional<SnapshotBase> base) {
    long txid = target.position().txid();
    return base.map(b -> HistoryObject.delta(generation, b.txid(), txid, target.time()))
        .orElseGet(() -> HistoryObject.snapshot(generation, txid, target.time()));
  }

  /** Ends it; if it is not complete it is given up. */
  @Override
  public void close() {
    if (!copy.isComplete() || stream.state() == ImageStream.State.OPEN) {
      queue.abandon();
    }
    copy.close();
    writer.close();
  }
}
