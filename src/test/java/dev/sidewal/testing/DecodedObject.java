package dev.sidewal.testing;

import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.StoredObjectSource;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.segment.SegmentVisitor;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.PageHash;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A history object, every byte of it read and verified.
 *
 * @param object the object
 * @param summary what its header and footer say
 * @param contents its transactions, first to last
 */
record DecodedObject(StoredObject object, SegmentSummary summary, List<Content> contents) {

  /**
   * One transaction.
   *
   * @param transaction what is recorded of it
   * @param written the pages that it wrote, each with the hash of its last version
   */
  record Content(Transaction transaction, Map<Long, Long> written) {}

  HistoryObject name() {
    return object.name();
  }

  /**
   * Reads an object, and checks what can be checked of it alone.
   *
   * @param violation gets what is wrong
   */
  static DecodedObject read(
      ObjectStore store,
      StoredObject object,
      UUID replicaId,
      int pageSize,
      Consumer<String> violation) {
    try {
      SegmentReader reader = SegmentReader.open(new StoredObjectSource(store, object));
      reader.verifyAll();
      Collector collector = new Collector(pageSize);
      reader.forEachPage(collector);
      DecodedObject decoded = new DecodedObject(object, reader.summary(), collector.contents);
      decoded.checkItself(
          replicaId, pageSize, what -> violation.accept(object.key() + ": " + what));
      return decoded;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void checkItself(UUID replicaId, int pageSize, Consumer<String> violation) {
    HistoryObject n = object.name();
    equal("kind", n.kind(), summary.header().kind(), violation);
    equal("generation", n.generation(), summary.header().generation(), violation);
    equal("replica", replicaId, summary.header().replicaId(), violation);
    equal("page size", pageSize, summary.header().pageSize(), violation);
    equal("first txid", n.firstTxid(), summary.header().firstTxid(), violation);
    equal("last txid", n.lastTxid(), summary.lastTxid(), violation);
    equal("first time", n.firstTime(), summary.firstTime(), violation);
    equal("last time", n.lastTime(), summary.lastTime(), violation);
    equal("length", object.bytes(), summary.length(), violation);
    equal("transactions", summary.transactions(), (long) contents.size(), violation);
    long txid = n.kind().isImage() ? n.lastTxid() : n.firstTxid();
    for (Content content : contents) {
      Transaction t = content.transaction();
      equal("txid", txid++, t.txid(), violation);
      equal("pages of " + t.txid(), (long) content.written().size(), t.pages(), violation);
    }
    if (contents.isEmpty()) {
      violation.accept("it holds no transaction");
      return;
    }
    Transaction last = contents.get(contents.size() - 1).transaction();
    equal("database pages", summary.databasePages(), last.databasePages(), violation);
    equal("checksum", summary.checksum(), last.checksum(), violation);
    equal("time of the last", summary.lastTime(), last.time(), violation);
  }

  private static void equal(String what, Object a, Object b, Consumer<String> violation) {
    if (!a.equals(b)) {
      violation.accept(what + " is " + a + " in one place and " + b + " in another");
    }
  }

  private static final class Collector implements SegmentVisitor {
    private final int pageSize;
    private final List<Content> contents = new ArrayList<>();
    private Map<Long, Long> written = new HashMap<>();

    Collector(int pageSize) {
      this.pageSize = pageSize;
    }

    @Override
    public void page(long pageNumber, byte[] buffer, int offset) {
      written.put(pageNumber, PageHash.hash(pageNumber, buffer, offset, pageSize));
    }

    @Override
    public void commit(Transaction transaction) {
      contents.add(new Content(transaction, written));
      written = new HashMap<>();
    }
  }
}
