package dev.sidewal.agent;

import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.FrameSink;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Gives copied transactions their number and time and writes them into the segment that is open.
 *
 * <p>Invariants: txids go up by one; a time is never before its predecessor's, whatever the clock
 * says; each segment begins at the size and checksum with which the one before ended. A transaction
 * is never cut. Not safe for use by several threads.
 */
final class TransactionRecorder implements FrameSink, AutoCloseable {

  private final Path directory;
  private final SegmentWriterOptions options;
  private final GenerationManifest generation;
  private final int pageSize;
  private final Spool spool;
  private Optional<OpenSegment> open = Optional.empty();
  private long lastTxid;
  private long sealedTxid;
  private Instant lastTime;
  private long lastPages;
  private long lastChecksum;
  private long files;

  /** The open segment's first transaction. */
  private long firstTxid;

  private Optional<Instant> firstTime = Optional.empty();

  /** Whether the open segment holds a whole transaction, and nothing after it. */
  private boolean atCommit;

  /** The segment that is being written. */
  private record OpenSegment(Path file, OutputStream out, SegmentWriter writer) {}

  /**
   * Creates a recorder that goes on after a snapshot.
   *
   * @param snapshot the transaction of which the snapshot is the image
   */
  TransactionRecorder(
      Path directory,
      SegmentWriterOptions options,
      GenerationManifest generation,
      int pageSize,
      Spool spool,
      Transaction snapshot) {
    this.directory = directory;
    this.options = options;
    this.generation = generation;
    this.pageSize = pageSize;
    this.spool = spool;
    this.lastTxid = snapshot.txid();
    this.sealedTxid = snapshot.txid();
    this.lastTime = snapshot.time();
    this.lastPages = snapshot.databasePages();
    this.lastChecksum = snapshot.checksum();
  }

  @Override
  public void page(long pageNumber, byte[] source, int offset) throws IOException {
    atCommit = false;
    writer().page(pageNumber, source, offset);
  }

  private SegmentWriter writer() throws IOException {
    if (open.isEmpty()) {
      Path file = directory.resolve("segment-" + ++files);
      OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
      SegmentHeader header =
          new SegmentHeader(
              ObjectKind.SEGMENT,
              generation.replicaId(),
              generation.generation(),
              pageSize,
              lastTxid + 1,
              lastPages,
              lastChecksum);
      open = Optional.of(new OpenSegment(file, out, new SegmentWriter(header, out, options)));
      firstTxid = lastTxid + 1;
      firstTime = Optional.empty();
    }
    return open.get().writer();
  }

  @Override
  public void commit(Commit commit) throws IOException {
    Instant seen = commit.seen().truncatedTo(ChronoUnit.MILLIS);
    Instant time = seen.isBefore(lastTime) ? lastTime : seen;
    writer()
        .commit(
            new Transaction(
                lastTxid + 1,
                time,
                commit.frames(),
                commit.pages(),
                commit.databasePages(),
                commit.checksum(),
                false));
    lastTxid++;
    lastTime = time;
    lastPages = commit.databasePages();
    lastChecksum = commit.checksum();
    firstTime = Optional.of(firstTime.orElse(time));
    atCommit = true;
  }

  /** Returns the last transaction recorded. */
  long lastTxid() {
    return lastTxid;
  }

  /** Returns the last transaction handed to the spool. */
  long sealedTxid() {
    return sealedTxid;
  }

  /** Returns whether transactions wait in the open segment, and none of them is cut. */
  boolean canSeal() {
    return atCommit && open.isPresent();
  }

  /** Returns about how many bytes the open segment has. */
  long openBytes() {
    return open.map(s -> s.writer().bytesWritten()).orElse(0L);
  }

  /** Completes the open segment and hands it to the spool. */
  void seal() throws IOException {
    if (!canSeal()) {
      throw new IllegalStateException("no whole transaction waits");
    }
    OpenSegment segment = open.orElseThrow();
    SegmentSummary summary;
    try (SegmentWriter writer = segment.writer();
        OutputStream out = segment.out()) {
      summary = writer.finish();
      out.flush();
    }
    open = Optional.empty();
    atCommit = false;
    sealedTxid = lastTxid;
    spool.add(
        new Spool.Entry(
            HistoryObject.segment(
                generation.generation(), firstTxid, lastTxid, firstTime.orElseThrow(), lastTime),
            segment.file(),
            summary.length()));
  }

  /** Throws the open segment away. */
  @Override
  public void close() throws IOException {
    if (open.isPresent()) {
      OpenSegment segment = open.get();
      open = Optional.empty();
      segment.writer().close();
      segment.out().close();
      Files.deleteIfExists(segment.file());
    }
  }
}
