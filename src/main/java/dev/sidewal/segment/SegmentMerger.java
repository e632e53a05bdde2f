package dev.sidewal.segment;

import dev.sidewal.error.HistoryDamagedException;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * Merges segments that follow each other into one pack: every transaction and every frame, in
 * order, with its time, its flag and its checksum. Not thread-safe.
 *
 * <p>Call {@link #add} for one segment after the other, and {@link #finish} once after the last.
 * {@link #close} is needed in every case; it does not close the stream. After any failure the pack
 * is lost, what was written of it is useless, and every further call fails. A segment can be closed
 * as soon as it was added.
 *
 * <p>Memory: that of one {@link SegmentWriter}, and one block and one index chunk of the segment
 * that is being read; however many there are and however large.
 *
 * <p>Invariant: a segment is taken only if it is of the same replica, generation and page size as
 * the one before, and begins exactly where that one ended: at the next transaction, with as many
 * pages and the same database checksum. And it is whole only if its last transaction is the one
 * that its footer names. So the pack leads from the first segment's base to the last one's end
 * through the very states that they lead through.
 */
public final class SegmentMerger implements Closeable {

  private final OutputStream out;
  private final SegmentWriterOptions options;
  private Optional<SegmentWriter> writer = Optional.empty();
  private Optional<SegmentSummary> last = Optional.empty();
  private boolean broken;

  /**
   * Creates a merger; nothing is written yet.
   *
   * @param out gets the pack; is neither flushed nor closed
   */
  public SegmentMerger(OutputStream out, SegmentWriterOptions options) {
    this.out = Objects.requireNonNull(out, "out");
    this.options = Objects.requireNonNull(options, "options");
  }

  /**
   * Adds the next segment, or pack.
   *
   * @throws IllegalArgumentException if it does not follow the one before, or is an image
   * @throws HistoryDamagedException if it is not what a writer wrote
   */
  public void add(SegmentReader segment) throws IOException {
    usable();
    broken = true;
    SegmentSummary summary = segment.summary();
    checkFollows(segment.name(), summary);
    Copier copier = new Copier(begun(summary.header()));
    segment.forEachPage(copier);
    copier.checkEnd(segment.name(), summary);
    last = Optional.of(summary);
    broken = false;
  }

  private SegmentWriter begun(SegmentHeader first) {
    if (writer.isEmpty()) {
      SegmentHeader header =
          new SegmentHeader(
              ObjectKind.PACK,
              first.replicaId(),
              first.generation(),
              first.pageSize(),
              first.firstTxid(),
              first.basePages(),
              first.baseChecksum());
      writer = Optional.of(new SegmentWriter(header, out, options));
    }
    return writer.get();
  }

  private void checkFollows(String name, SegmentSummary next) {
    SegmentHeader header = next.header();
    if (header.kind().isImage()) {
      throw new IllegalArgumentException(name + " is a " + header.kind() + ", no segment");
    }
    if (last.isEmpty()) {
      return;
    }
    SegmentSummary before = last.get();
    equal(name, "the replica", header.replicaId(), before.header().replicaId());
    equal(name, "the generation", header.generation(), before.header().generation());
    equal(name, "the page size", header.pageSize(), before.header().pageSize());
    equal(name, "the transaction before it", header.firstTxid() - 1, before.lastTxid());
    equal(name, "the size that it builds on", header.basePages(), before.databasePages());
    equal(
        name, "the checksum that it builds on", hex(header.baseChecksum()), hex(before.checksum()));
    if (next.firstTime().isBefore(before.lastTime())) {
      throw new IllegalArgumentException(
          name + " begins at " + next.firstTime() + ", before " + before.lastTime());
    }
  }

  private static String hex(long checksum) {
    return String.format(Locale.ROOT, "%016x", checksum);
  }

  private static void equal(String name, String what, Object its, Object wanted) {
    if (!its.equals(wanted)) {
      throw new IllegalArgumentException(
          name + " does not follow the segment before: " + what + " is " + its + ", not " + wanted);
    }
  }

  /**
   * Completes the pack.
   *
   * @throws IllegalStateException if nothing was added
   */
  public SegmentSummary finish() throws IOException {
    usable();
    broken = true;
    return writer.orElseThrow(() -> new IllegalStateException("no segment was added")).finish();
  }

  private void usable() {
    if (broken) {
      throw new IllegalStateException("merging failed before, or is done");
    }
  }

  /** Frees native memory. Does not close the stream; a pack that is not finished is useless. */
  @Override
  public void close() {
    broken = true;
    writer.ifPresent(SegmentWriter::close);
  }

  /** Copies one segment, and remembers how it ended. */
  private static final class Copier implements SegmentVisitor {
    private final SegmentWriter writer;
    private Optional<Transaction> end = Optional.empty();
    private long transactions;

    Copier(SegmentWriter writer) {
      this.writer = writer;
    }

    @Override
    public void page(long pageNumber, byte[] buffer, int offset) throws IOException {
      writer.page(pageNumber, buffer, offset);
    }

    @Override
    public void commit(Transaction transaction) throws IOException {
      writer.commit(transaction);
      end = Optional.of(transaction);
      transactions++;
    }

    void checkEnd(String name, SegmentSummary summary) {
      boolean whole =
          transactions == summary.transactions()
              && end.filter(
                      t ->
                          t.txid() == summary.lastTxid()
                              && t.databasePages() == summary.databasePages()
                              && t.checksum() == summary.checksum())
                  .isPresent();
      if (!whole) {
        throw new HistoryDamagedException(name + " does not end as its footer says.");
      }
    }
  }
}
