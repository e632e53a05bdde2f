package dev.sidewal.agent;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.retention.RetiredTag;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.TagOutcome;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from the store the segments of which a pack holds every transaction.
 *
 * <p>Invariant: nothing is removed before its pack was verified in the store, and seen there again
 * right before; and not at once, but two minutes later: a LIST is not one moment, and one that is
 * under way may have passed the place of the pack before it was there, and may not have come to the
 * segments yet. Where the store denies deletes, segments are tagged instead; where it has no tags
 * either, they stay. What is not removed, because the agent ends before, is left to retention. Not
 * safe for use by several threads.
 */
final class SegmentRemover {

  private static final Logger LOG = LoggerFactory.getLogger(SegmentRemover.class);
  private static final Duration REST = Duration.ofMinutes(2);
  private static final int MOST_PACKS = 100;

  /** The segments of one pack. */
  private static final class Covered {
    private final HistoryObject pack;
    private final long bytes;
    private final Deque<HistoryObject> segments;
    private Instant since;

    Covered(HistoryObject pack, long bytes, List<HistoryObject> segments, Instant since) {
      this.pack = pack;
      this.bytes = bytes;
      this.segments = new ArrayDeque<>(segments);
      this.since = since;
    }
  }

  private final ObjectStore store;
  private final Clock clock;
  private final Deque<Covered> waiting = new ArrayDeque<>();
  private boolean deletesDenied;
  private boolean tagsFail;

  SegmentRemover(ObjectStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Takes the segments of a pack that was verified in the store. */
  void verified(HistoryObject pack, long bytes, List<HistoryObject> segments) {
    if (deletesDenied && tagsFail) {
      return;
    }
    waiting.addLast(new Covered(pack, bytes, segments, clock.instant()));
    if (waiting.size() > MOST_PACKS) {
      waiting.removeFirst();
    }
  }

  /** Returns whether segments are to be removed now. A clock that was set back delays it. */
  boolean isDue() {
    if (waiting.isEmpty()) {
      return false;
    }
    Covered first = waiting.peekFirst();
    Instant now = clock.instant();
    if (now.isBefore(first.since)) {
      first.since = now;
    }
    return !now.isBefore(first.since.plus(REST));
  }

  /**
   * Removes what is to be removed now.
   *
   * @param goOn asked before each request
   * @throws StoreException if the store is unreachable; what is left is tried again
   */
  void removeDue(BooleanSupplier goOn, Counting counting) {
    while (isDue() && goOn.getAsBoolean()) {
      Covered first = waiting.getFirst();
      Optional<ObjectInfo> pack = store.head(first.pack.key());
      if (pack.filter(p -> p.size() == first.bytes).isEmpty()) {
        LOG.error(
            "{} was in {} and is there no longer, or is another one. The segments that it was to"
                + " replace stay. Look for lifecycle rules and scripts on the bucket.",
            first.pack,
            store.location());
        waiting.removeFirst();
        continue;
      }
      while (!first.segments.isEmpty() && goOn.getAsBoolean()) {
        remove(first.segments.getFirst(), counting);
        first.segments.removeFirst();
      }
      if (first.segments.isEmpty()) {
        waiting.removeFirst();
      }
    }
  }

  /** Changes the counts that the agent shows. */
  @FunctionalInterface
  interface Counting {
    void count(UnaryOperator<PackCounts> change);
  }

  private void remove(HistoryObject segment, Counting counting) {
    if (!deletesDenied) {
      try {
        store.delete(segment.key());
        counting.count(PackCounts::withRemoved);
        return;
      } catch (StoreDeniedException e) {
        deletesDenied = true;
        LOG.info(
            "{} does not let this agent delete: segments that are in a pack are tagged {}={}"
                + " instead, for a lifecycle rule or prune to delete",
            store.location(),
            RetiredTag.NAME,
            RetiredTag.RETIRED);
      }
    }
    if (tagsFail) {
      return;
    }
    try {
      TagOutcome outcome = store.tag(segment.key(), RetiredTag.NAME, RetiredTag.RETIRED);
      if (outcome == TagOutcome.TAGGED) {
        counting.count(PackCounts::withRetired);
      } else if (outcome == TagOutcome.UNSUPPORTED) {
        leave("it has no object tags");
      }
    } catch (StoreDeniedException e) {
      leave(e.getMessage());
    }
  }

  private void leave(String why) {
    tagsFail = true;
    LOG.warn(
        "{} lets this agent neither delete nor tag: segments that are in a pack stay beside it,"
            + " which costs room and longer listings, and nothing else. Allow s3:DeleteObject on"
            + " segments, or run prune now and then. ({})",
        store.location(),
        why);
  }
}
