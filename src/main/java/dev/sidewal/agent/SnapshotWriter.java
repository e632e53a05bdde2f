package dev.sidewal.agent;

import dev.sidewal.fault.CrashPoint;
import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.Position;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.FrameSink;
import dev.sidewal.sqlite.ImageScan;
import dev.sidewal.sqlite.LogFollower;
import dev.sidewal.sqlite.PageSet;
import dev.sidewal.sqlite.PageSink;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Takes the snapshot that a generation begins with, into a file of the spool.
 *
 * <p>While the file is streamed, the log is copied and turned over between steps, so that it stays
 * as short as ever. What is committed meanwhile is part of the snapshot: it counts as one
 * transaction with it. Not safe for use by several threads.
 */
final class SnapshotWriter {

  private static final long STEP_BYTES = 4L << 20;

  private final LogFollower follower;
  private final GenerationManifest generation;
  private final SegmentWriterOptions options;
  private final SpoolDirectory directory;

  SnapshotWriter(
      LogFollower follower,
      GenerationManifest generation,
      SegmentWriterOptions options,
      SpoolDirectory directory) {
    this.follower = follower;
    this.generation = generation;
    this.options = options;
    this.directory = directory;
  }

  /**
   * A snapshot that is complete on local disk.
   *
   * @param transaction the transaction that it is the image of
   * @param entry the object for the store
   */
  record Snapshot(Transaction transaction, Spool.Entry entry) {

    /** Returns where the history goes on after it. */
    TransactionRecorder.End end() {
      return new TransactionRecorder.End(
          new Position(entry.name().generation(), transaction.txid(), transaction.checksum()),
          transaction.time(),
          transaction.databasePages());
    }
  }

  /**
   * Takes the snapshot.
   *
   * @param time gives its time
   * @param stop asked between steps whether to give up
   * @return empty if told to give up
   */
  Optional<Snapshot> take(Supplier<Instant> time, BooleanSupplier stop) throws IOException {
    long txid = generation.firstTxid();
    Path file = directory.newFile();
    SegmentHeader header =
        new SegmentHeader(
            ObjectKind.SNAPSHOT,
            generation.replicaId(),
            generation.generation(),
            follower.pageSize(),
            txid,
            0,
            0);
    long[] counts = {0, 0};
    try (PageSet written = new PageSet(directory.newFile());
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
        SegmentWriter writer = new SegmentWriter(header, out, options)) {
      PageSink sink =
          (page, source, offset) -> {
            writer.page(page, source, offset);
            counts[0]++;
            counts[1] += written.add(page) ? 1 : 0;
          };
      if (!readImage(follower, sink, stop)) {
        return Optional.empty();
      }
      Transaction transaction =
          new Transaction(
              txid,
              time.get(),
              counts[0],
              counts[1],
              follower.databasePages(),
              follower.checksum(),
              false);
      writer.commit(transaction);
      SegmentSummary summary = writer.finish();
      out.flush();
      return Optional.of(
          new Snapshot(
              transaction,
              directory.complete(
                  file,
                  HistoryObject.snapshot(generation.generation(), txid, transaction.time()),
                  summary.length(),
                  true)));
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  /**
   * Reads an image of the database at the end of what is copied by then, with copying going on in
   * between.
   *
   * @param sink gets each page at least once, the last version counts
   * @param stop asked between steps whether to give up
   * @return false if told to give up
   */
  static boolean readImage(LogFollower follower, PageSink sink, BooleanSupplier stop)
      throws IOException {
    ImageScan scan = follower.newImage();
    boolean done = false;
    while (!done) {
      if (stop.getAsBoolean()) {
        return false;
      }
      done = scan.step(sink, STEP_BYTES);
      CrashPoint.SNAPSHOT_STEP.reached();
      long before = follower.statistics().transactions();
      follower.copy(FrameSink.NOBODY, Long.MAX_VALUE);
      follower.keepLogShort(FrameSink.NOBODY, before == follower.statistics().transactions());
    }
    scan.finish(sink);
    return true;
  }
}
