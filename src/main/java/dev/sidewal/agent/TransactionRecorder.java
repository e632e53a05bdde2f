package dev.sidewal.agent;

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
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives copied transactions their number and time and writes them into the segment that is open.
 *
 * <p>Invariants: txids go up by one; a time is never before its predecessor's, whatever the clock
 * says; each segment begins at the size and checksum with which the one before ended. A transaction
 * is never cut. A segment is handed to the spool only after the state says that it is there, so
 * that what is shipped is never ahead of what a restart knows. Not safe for use by several threads.
 */
final class TransactionRecorder implements FrameSink, Closeable {

  private static final Logger LOG = LoggerFactory.getLogger(TransactionRecorder.class);

  /**
   * The end of what was recorded.
   *
   * @param position the last transaction and the generation that recorded it
   * @param time its time
   * @param pages the database's size in pages after it
   */
  record End(Position position, Instant time, long pages) {}

  private final SpoolDirectory directory;
  private final SegmentWriterOptions options;
  private final GenerationManifest generation;
  private final int pageSize;
  private final Spool spool;
  private final Ledger ledger;
  private Optional<OpenSegment> open = Optional.empty();
  private End last;

  /** The end of what is safe. */
  private End safe;

  private Optional<Instant> firstTime = Optional.empty();

  /** Whether the open segment holds a whole transaction, and nothing after it. */
  private boolean atCommit;

  /** Whether the open segment holds a gap. */
  private boolean gap;

  private long sealedBytes;

  /** The segment that is being written. */
  private record OpenSegment(Path file, OutputStream out, SegmentWriter writer) {}

  /**
   * Creates a recorder.
   *
   * @param from the transaction after which it goes on
   */
  TransactionRecorder(
      SpoolDirectory directory,
      SegmentWriterOptions options,
      GenerationManifest generation,
      int pageSize,
      Spool spool,
      Ledger ledger,
      End from) {
    this.directory = directory;
    this.options = options;
    this.generation = generation;
    this.pageSize = pageSize;
    this.spool = spool;
    this.ledger = ledger;
    this.last = from;
    this.safe = from;
  }

  @Override
  public void page(long pageNumber, byte[] source, int offset) throws IOException {
    atCommit = false;
    writer().page(pageNumber, source, offset);
  }

  private SegmentWriter writer() throws IOException {
    if (open.isEmpty()) {
      Path file = directory.newFile();
      OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
      SegmentHeader header =
          new SegmentHeader(
              ObjectKind.SEGMENT,
              generation.replicaId(),
              generation.generation(),
              pageSize,
              lastTxid() + 1,
              last.pages(),
              last.position().checksum());
      open = Optional.of(new OpenSegment(file, out, new SegmentWriter(header, out, options)));
      firstTime = Optional.empty();
    }
    return open.get().writer();
  }

  @Override
  public void commit(Commit commit) throws IOException {
    commit(commit, false);
  }

  /** Takes the end of a transaction that stands for all that was committed while nobody looked. */
  void commitGap(Commit commit) throws IOException {
    commit(commit, true);
    gap = true;
  }

  private void commit(Commit commit, boolean isGap) throws IOException {
    Instant seen = commit.seen().truncatedTo(ChronoUnit.MILLIS);
    Instant time = seen.isBefore(last.time()) ? last.time() : seen;
    long txid = lastTxid() + 1;
    writer()
        .commit(
            new Transaction(
                txid,
                time,
                commit.frames(),
                commit.pages(),
                commit.databasePages(),
                commit.checksum(),
                isGap));
    last =
        new End(
            new Position(generation.generation(), txid, commit.checksum()),
            time,
            commit.databasePages());
    firstTime = Optional.of(firstTime.orElse(time));
    atCommit = true;
  }

  /** Returns the last transaction recorded. */
  long lastTxid() {
    return last.position().txid();
  }

  /** Returns the last transaction that is safe: in the spool, or in the store. */
  long safeTxid() {
    return safe.position().txid();
  }

  /** Returns the end of what is safe. */
  End safeEnd() {
    return safe;
  }

  /** Returns how many bytes the segments have that were sealed so far. */
  long sealedBytes() {
    return sealedBytes;
  }

  /** Returns whether transactions wait in the open segment, and none of them is cut. */
  boolean canSeal() {
    return atCommit && open.isPresent();
  }

  /** Returns the time of the first transaction in the open segment; empty if there is none. */
  Optional<Instant> firstOpenTime() {
    return open.isPresent() ? firstTime : Optional.empty();
  }

  /** Returns about how many bytes the open segment has. */
  long openBytes() {
    return open.map(s -> s.writer().bytesWritten()).orElse(0L);
  }

  @Override
  public boolean isSafe() {
    return open.isEmpty();
  }

  @Override
  public void makeSafe() throws IOException {
    if (open.isPresent()) {
      seal();
    }
  }

  @Override
  public void logBegunAnew() throws IOException {
    if (open.isEmpty()) {
      // From here on the begin of the new log is where a restart goes on.
      ledger.write(safe.position(), safe.time());
    }
  }

  /** Writes the state again, because more is proved now than when it was written. */
  void restate() throws IOException {
    if (open.isEmpty()) {
      ledger.write(safe.position(), safe.time());
    }
  }

  /** Returns whether the directory for segments is still there. */
  boolean directoryExists() {
    return directory.exists();
  }

  /** Completes the open segment, and hands it to the spool when the state has it. */
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
    Spool.Entry entry =
        directory.complete(
            segment.file(),
            HistoryObject.segment(
                generation.generation(),
                safeTxid() + 1,
                lastTxid(),
                firstTime.orElseThrow(),
                last.time()),
            summary.length(),
            gap);
    try {
      ledger.write(last.position(), last.time());
    } catch (IOException e) {
      Files.deleteIfExists(entry.file());
      throw e;
    }
    open = Optional.empty();
    atCommit = false;
    gap = false;
    safe = last;
    sealedBytes += entry.bytes();
    spool.add(entry);
  }

  /** Forgets what is not safe; the follower goes back and hands it over again. */
  void discard() throws IOException {
    last = safe;
    atCommit = false;
    gap = false;
    close();
  }

  /** Throws the open segment away. */
  @Override
  public void close() throws IOException {
    if (open.isPresent()) {
      OpenSegment segment = open.get();
      open = Optional.empty();
      segment.writer().close();
      try {
        segment.out().close();
      } catch (IOException e) {
        LOG.debug("closing {}: {}", segment.file(), e.toString());
      }
      Files.deleteIfExists(segment.file());
    }
  }
}
