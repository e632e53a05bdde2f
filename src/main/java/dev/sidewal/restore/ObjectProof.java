package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.replica.HistoryReader;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.segment.IndexChunk;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.segment.Transaction;
import dev.sidewal.segment.TransactionEnd;
import dev.sidewal.segment.VerifiedParts;
import dev.sidewal.sqlite.PageHash;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * Reads every byte of one object and proves what can be proved of it alone: it is what its name
 * says, every checksum in it is right, its index describes its blocks; and of a snapshot also that
 * its pages make up the database checksum that it records (unless it carries a page twice: then a
 * restore proves it). Used by one thread, once.
 */
final class ObjectProof implements VerifiedParts {

  private final TimelineObject object;
  private final RecordedStates states;
  private final SegmentReader reader;
  private final SegmentHeader header;
  private final SegmentSummary summary;
  private final boolean isSnapshot;
  private final long lockBytePage;
  private final PageSet seen;
  private long distinct;
  private long checksum;
  private boolean twice;
  private long[] contents = new long[0];
  private int frames;

  private ObjectProof(TimelineObject object, SegmentReader reader, RecordedStates states) {
    this.object = object;
    this.reader = reader;
    this.states = states;
    summary = reader.summary();
    header = summary.header();
    isSnapshot = header.kind() == ObjectKind.SNAPSHOT;
    lockBytePage = LockBytePage.number(header.pageSize());
    seen = new PageSet(isSnapshot ? summary.databasePages() : 0);
  }

  /**
   * Proves an object.
   *
   * @param pageSize the page size that its generation claimed
   * @throws HistoryDamagedException naming the object, if it is not whole
   * @throws dev.sidewal.replica.ObjectGoneException if it is not there any more
   */
  static void prove(
      ObjectStore store,
      TimelineObject object,
      UUID replicaId,
      int pageSize,
      RecordedStates states,
      LongConsumer progress)
      throws IOException {
    SegmentReader reader = HistoryReader.open(store, object.object(), replicaId);
    ObjectProof proof = new ObjectProof(object, reader, states);
    if (proof.header.pageSize() != pageSize) {
      throw new HistoryDamagedException(
          object.key()
              + " has pages of "
              + proof.header.pageSize()
              + " bytes, but its generation claimed "
              + pageSize
              + ".");
    }
    proof.run(progress);
  }

  private void run(LongConsumer progress) throws IOException {
    reader.verifyAll(progress, this);
    if (isSnapshot && !twice) {
      checkDatabaseChecksum();
    }
    if (!isSnapshot) {
      states.add(
          header.firstTxid() - 1,
          header.baseChecksum(),
          OptionalLong.of(header.basePages()),
          object.key());
    }
  }

  @Override
  public void page(byte[] bytes, int offset) {
    if (!isSnapshot) {
      return;
    }
    if (frames == contents.length) {
      contents = Arrays.copyOf(contents, Math.max(1024, frames * 2));
    }
    contents[frames++] = PageHash.content(bytes, offset, header.pageSize());
  }

  @Override
  public void chunk(IndexChunk chunk) {
    for (int f = 0; isSnapshot && f < frames; f++) {
      long page = chunk.pageNumber(f);
      if (page == lockBytePage || page > summary.databasePages()) {
        continue;
      }
      twice |= !seen.add(page);
      distinct++;
      checksum ^= PageHash.withNumber(page, contents[f]);
    }
    frames = 0;
    for (TransactionEnd end : chunk.transactions()) {
      Transaction t = end.transaction();
      if (t.txid() <= object.last()) {
        states.add(t.txid(), t.checksum(), OptionalLong.of(t.databasePages()), object.key());
      }
    }
  }

  private void checkDatabaseChecksum() {
    int pageSize = header.pageSize();
    long pages = summary.databasePages();
    if (distinct < pages) {
      long zeros = PageHash.content(new byte[pageSize], 0, pageSize);
      for (long page = 1; page <= pages; page++) {
        if (page != lockBytePage && seen.add(page)) {
          checksum ^= PageHash.withNumber(page, zeros);
        }
      }
    }
    if (checksum != summary.checksum()) {
      throw new HistoryDamagedException(
          String.format(
              Locale.ROOT,
              "%s: its pages make up the database checksum %016x, but it records %016x.",
              object.key(),
              checksum,
              summary.checksum()));
    }
  }
}
