package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.replica.Position;
import dev.sidewal.segment.BlockDecoder;
import dev.sidewal.segment.BlockEntry;
import dev.sidewal.segment.IndexChunk;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.Transaction;
import dev.sidewal.segment.TransactionEnd;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Decides, object by object from the newest to the oldest, which page images make up the target.
 * Not thread-safe.
 *
 * <p>Going backwards, the first image of a page that is met is its last version: it is needed, all
 * older ones are not. An image counts only if its page lay within the database at every transaction
 * from its own to the target: a page that was cut off and came back is new. Hence {@code limit},
 * the least size of the database so far on the way back. A page that no image is found for was
 * never written, and is zeros by definition; so is the lock-byte page.
 *
 * <p>Each object must build on exactly the state that the older one leads to. {@code expected} is
 * that state: transaction, database checksum and size, as the newer object recorded it.
 *
 * <p>Invariant: every block of every object is handed to the sink once, needed or not, so that all
 * bytes that the result relies on are checked.
 */
final class BackwardWalk {

  /** Gets the blocks of an object. */
  @FunctionalInterface
  interface Sink {
    /** Gets blocks that lie side by side. */
    void accept(BlockBatch batch) throws IOException;
  }

  /** One state and the object that says so. */
  private record State(long txid, long checksum, long pages, String source) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%d pages with checksum %016x in %s", pages, checksum, source);
    }
  }

  private final int pageSize;
  private final long lockBytePage;
  private final long maxBatchBytes;
  private final Map<Long, Position> positions = new HashMap<>();
  private final PageSet seen;
  private Optional<State> expected;
  private long limit;

  private int[] frames = new int[256];

  BackwardWalk(RestorePlan plan, long maxBatchBytes) {
    this.pageSize = plan.pageSize();
    this.lockBytePage = LockBytePage.number(pageSize);
    this.maxBatchBytes = maxBatchBytes;
    Transaction target = plan.target();
    limit = target.databasePages();
    seen = new PageSet(limit);
    expected =
        Optional.of(
            new State(target.txid(), target.checksum(), target.databasePages(), "the plan"));
    plan.positions().forEach(p -> positions.put(p.txid(), p));
  }

  /** Walks through one object. */
  void walk(PlannedObject object, SegmentReader reader, Sink sink) throws IOException {
    SegmentHeader header = reader.summary().header();
    if (header.pageSize() != pageSize) {
      throw new HistoryDamagedException(
          object.key()
              + " has pages of "
              + header.pageSize()
              + " bytes, but what follows it has "
              + pageSize
              + ".");
    }
    new ObjectWalk(object, reader, sink).run();
  }

  private static HistoryDamagedException contradiction(State newer, State older) {
    return new HistoryDamagedException(
        "Two objects contradict each other on the state after transaction "
            + older.txid()
            + ": "
            + older
            + ", but "
            + newer
            + ". One of them is not what was written.");
  }

  /** The way through one object. */
  private final class ObjectWalk {
    private final PlannedObject object;
    private final SegmentReader reader;
    private final Sink sink;
    private final boolean isSnapshot;
    private Optional<State> base = Optional.empty();
    private boolean reached;
    private boolean active;

    ObjectWalk(PlannedObject object, SegmentReader reader, Sink sink) {
      this.object = object;
      this.reader = reader;
      this.sink = sink;
      SegmentHeader header = reader.summary().header();
      isSnapshot = header.kind() == ObjectKind.SNAPSHOT;
      if (!isSnapshot && object.fromTxid() == header.firstTxid() - 1) {
        base =
            Optional.of(
                new State(
                    object.fromTxid(), header.baseChecksum(), header.basePages(), object.key()));
      }
    }

    void run() throws IOException {
      try (BlockDecoder decoder = new BlockDecoder()) {
        for (int i = reader.indexChunks() - 1; i >= 0; i--) {
          walk(reader.index(i, decoder));
        }
      }
      if (!reached || (base.isEmpty() && !isSnapshot)) {
        throw new HistoryDamagedException(
            object.key()
                + " does not record all of the transactions "
                + object.fromTxid()
                + " to "
                + object.toTxid()
                + ", which its name claims.");
      }
      base.ifPresent(this::checkPosition);
      expected = base;
    }

    private void walk(IndexChunk chunk) throws IOException {
      List<TransactionEnd> ends = chunk.transactions();
      int open = ends.size() - 1;
      int nextEnd = open < 0 ? 0 : ends.get(open).endFrame();
      List<BlockEntry> blocks = chunk.blocks();
      BlockBatch batch = new BlockBatch(chunk, reader.blocksBuildOnEachOther());
      for (int b = blocks.size() - 1; b >= 0; b--) {
        BlockEntry block = blocks.get(b);
        int count = 0;
        for (int f = block.firstFrame() + block.frames() - 1; f >= block.firstFrame(); f--) {
          while (nextEnd > f) {
            enter(ends.get(open).transaction());
            open--;
            nextEnd = open < 0 ? 0 : ends.get(open).endFrame();
          }
          if (active && isNeeded(chunk.pageNumber(f))) {
            if (count == frames.length) {
              frames = java.util.Arrays.copyOf(frames, count * 2);
            }
            frames[count++] = f;
          }
        }
        if (batch.isFullFor(block, maxBatchBytes)) {
          sink.accept(batch);
          batch = new BlockBatch(chunk, reader.blocksBuildOnEachOther());
        }
        batch.add(block, frames, count);
      }
      if (!batch.isEmpty()) {
        sink.accept(batch);
      }
      for (; open >= 0; open--) {
        enter(ends.get(open).transaction());
      }
    }

    private boolean isNeeded(long page) {
      return page <= limit && page != lockBytePage && seen.add(page);
    }

    /** Comes, from behind, to the images of a transaction. */
    private void enter(Transaction transaction) {
      long txid = transaction.txid();
      State state =
          new State(txid, transaction.checksum(), transaction.databasePages(), object.key());
      active = txid <= object.toTxid() && (isSnapshot || txid > object.fromTxid());
      if (active) {
        limit = Math.min(limit, transaction.databasePages());
      }
      if (txid == object.toTxid()) {
        reached = true;
        checkExpected(state);
        checkPosition(state);
      } else if (txid == object.fromTxid()) {
        base = Optional.of(state);
      }
    }

    private void checkExpected(State state) {
      State wanted =
          expected.orElseThrow(
              () -> new IllegalStateException(object.key() + " leads to where nothing begins"));
      if (wanted.txid() != state.txid()
          || wanted.checksum() != state.checksum()
          || wanted.pages() != state.pages()) {
        throw contradiction(wanted, state);
      }
    }

    private void checkPosition(State state) {
      Optional<Position> position = Optional.ofNullable(positions.get(state.txid()));
      if (position.isPresent() && position.get().checksum() != state.checksum()) {
        throw new HistoryDamagedException(
            "A newer generation took over at "
                + position.get()
                + ", but that state is "
                + state
                + ". The two do not belong together.");
      }
    }
  }
}
