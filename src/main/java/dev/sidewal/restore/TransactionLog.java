package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.NoBackupException;
import dev.sidewal.error.StoreException;
import dev.sidewal.replica.HistoryReader;
import dev.sidewal.replica.ObjectGoneException;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.Transaction;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Lists the transactions of a replica in order, read from the indexes of its objects. Safe for use
 * by several threads.
 *
 * <p>Because txids are consecutive, names alone tell how many transactions lie where: so the newest
 * N are found without holding any of them. Memory does not grow with what is listed beyond the
 * timeline itself.
 */
public final class TransactionLog {

  private final ObjectStore store;

  /** Creates a log of one replica; the store stays open. */
  public TransactionLog(ObjectStore store) {
    this.store = store;
  }

  /** Gets transactions, oldest first. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Gets the next transaction.
     *
     * @param image whether only an image of the state after it is there: its pages are then all
     *     pages of the image, not those that the transaction changed
     */
    void transaction(Transaction transaction, boolean image);
  }

  /** What one object contributes: the transactions {@code first} to {@code last}. */
  private record Part(StoredObject object, long first, long last) {}

  /**
   * Hands over the asked transactions from the earliest restorable one to the latest recorded one.
   *
   * @throws NoBackupException if no transaction was ever recorded
   * @throws HistoryDamagedException if nothing can be restored, if an object is damaged, or, after
   *     everything that is there was handed over, if transactions between are missing
   * @throws StoreException if the store is unreachable or refuses
   */
  public void read(Timeline timeline, LogRequest request, Sink sink) {
    if (timeline.isEmpty()) {
      throw new NoBackupException(
          "There is no backup at "
              + store.location()
              + ": the store answered, and no transaction was ever recorded there. Check the URL.");
    }
    if (timeline.restorable().isEmpty()) {
      throw new HistoryDamagedException(
          "No transaction of "
              + store.location()
              + " can be restored: there is no usable snapshot. Look at it with sidewal info, and"
              + " for what deletes objects (a lifecycle rule?).");
    }
    List<Part> parts = parts(timeline);
    UUID replicaId = timeline.listing().generations().get(0).manifest().replicaId();
    long last = lastTxid(replicaId, parts, request);
    long first = firstTxid(parts, request, last);
    for (Part part : parts) {
      if (part.last() >= first
          && part.first() <= last
          && !request.tooEarly(part.object().name().lastTime())) {
        hand(replicaId, part, first, last, request, sink);
      }
    }
    if (!timeline.holes().isEmpty()) {
      throw new HistoryDamagedException(
          "In "
              + store.location()
              + " no object holds "
              + String.join("; ", timeline.holes().stream().map(TxidRange::toString).toList())
              + ". States behind them cannot be restored up to the next snapshot; sidewal info"
              + " shows what can.");
    }
  }

  private static List<Part> parts(Timeline timeline) {
    List<Part> parts = new ArrayList<>();
    long next = timeline.restorable().get(0).first();
    long latest = timeline.latest().orElse(next);
    for (TimelineObject object : timeline.cover(new TxidRange(next, latest))) {
      parts.add(new Part(object.object(), Math.max(next, object.first()), object.last()));
      next = object.last() + 1;
    }
    return parts;
  }

  /** Returns the last transaction that is not too late; 0 if all are. */
  private long lastTxid(UUID replicaId, List<Part> parts, LogRequest request) {
    for (int i = parts.size() - 1; i >= 0; i--) {
      Part part = parts.get(i);
      if (!request.tooLate(part.object().name().lastTime())) {
        return part.last();
      }
      if (!request.tooLate(part.object().name().firstTime())) {
        long[] last = {0};
        walk(
            replicaId,
            part,
            transaction -> {
              if (!request.tooLate(transaction.time())) {
                last[0] = transaction.txid();
              }
            });
        if (last[0] > 0) {
          return last[0];
        }
      }
    }
    return 0;
  }

  /** Returns the first transaction that is within the limit. */
  private static long firstTxid(List<Part> parts, LogRequest request, long last) {
    long left = request.limit().orElse(Long.MAX_VALUE);
    for (int i = parts.size() - 1; i >= 0; i--) {
      Part part = parts.get(i);
      if (part.first() <= last) {
        long end = Math.min(last, part.last());
        if (end - part.first() + 1 >= left) {
          return end - left + 1;
        }
        left -= end - part.first() + 1;
      }
    }
    return 1;
  }

  private void hand(
      UUID replicaId, Part part, long first, long last, LogRequest request, Sink sink) {
    ObjectKind kind = part.object().name().kind();
    boolean image = kind == ObjectKind.SNAPSHOT || kind == ObjectKind.DELTA;
    walk(
        replicaId,
        part,
        transaction -> {
          if (transaction.txid() >= first
              && transaction.txid() <= last
              && !request.tooEarly(transaction.time())
              && !request.tooLate(transaction.time())) {
            sink.transaction(transaction, image);
          }
        });
  }

  /** Hands over the transactions of one part. */
  private void walk(UUID replicaId, Part part, SegmentReader.TransactionAction action) {
    StoredObject object = part.object();
    try {
      HistoryReader.open(store, object, replicaId)
          .forEachTransaction(
              transaction -> {
                if (transaction.txid() >= part.first() && transaction.txid() <= part.last()) {
                  action.accept(transaction);
                }
              });
    } catch (ObjectGoneException e) {
      throw new HistoryDamagedException(
          e.getMessage()
              + ". Retention may have removed it meanwhile: list again; if it stays so, its"
              + " transactions are lost.",
          e);
    } catch (IOException e) {
      throw new StoreException(
          "Reading " + object.key() + " from " + store.location() + " failed; try again.", true, e);
    }
  }
}
