package dev.sidewal.agent;

import dev.sidewal.replica.HistoryObject;
import dev.sidewal.segment.ObjectKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Sorts shipped segments into runs that become one pack each.
 *
 * <p>Invariants: a run holds segments of one generation, each beginning where the one before ended;
 * none of them has the bytes of a pack alone, and none is a gap, which must stay an object of its
 * own to be found. A run that is due has two segments or more. All waiting runs together have at
 * most twice the bytes of a pack, and those of the segment that came last: beyond that the oldest
 * is let go, and its segments stay in the store as they are. Not safe for use by several threads.
 */
final class PackRuns {

  private final long packBytes;
  private final Duration packAge;
  private final Consumer<Spool.Entry> letGo;
  private final Deque<List<Spool.Entry>> due = new ArrayDeque<>();
  private List<Spool.Entry> open = new ArrayList<>();
  private long openBytes;
  private long dueBytes;

  /** When the first segment of the open run was shipped. */
  private Instant since = Instant.EPOCH;

  /**
   * Creates it.
   *
   * @param letGo gets segments that will not be packed
   */
  PackRuns(PackOptions options, Consumer<Spool.Entry> letGo) {
    this.packBytes = options.packBytes();
    this.packAge = options.packAge();
    this.letGo = letGo;
  }

  /** Takes the next object that was shipped. */
  void add(Spool.Entry entry, Instant shipped) {
    HistoryObject name = entry.name();
    if (name.kind() != ObjectKind.SEGMENT) {
      letGo.accept(entry);
      return;
    }
    boolean stays = entry.image() || entry.bytes() >= packBytes;
    if (stays || !follows(name)) {
      end();
    }
    if (stays) {
      letGo.accept(entry);
      return;
    }
    if (open.isEmpty()) {
      since = shipped;
    }
    open.add(entry);
    openBytes += entry.bytes();
    if (openBytes >= packBytes) {
      end();
    }
    while (!due.isEmpty() && dueBytes + openBytes > 2 * packBytes + entry.bytes()) {
      letGo(take().orElseThrow());
    }
  }

  private boolean follows(HistoryObject name) {
    if (open.isEmpty()) {
      return true;
    }
    HistoryObject last = open.get(open.size() - 1).name();
    return name.generation() == last.generation() && name.firstTxid() == last.lastTxid() + 1;
  }

  /** Ends the open run: nothing will follow it. */
  void end() {
    if (open.size() > 1) {
      due.addLast(open);
      dueBytes += openBytes;
    } else {
      letGo(open);
    }
    open = new ArrayList<>();
    openBytes = 0;
  }

  /** Ends the open run if it is old enough. A clock that was set back makes nothing old. */
  void endOld(Instant now) {
    if (open.isEmpty()) {
      return;
    }
    if (now.isBefore(since)) {
      since = now;
    }
    if (!now.isBefore(since.plus(packAge))) {
      end();
    }
  }

  /** Returns whether a run is due. */
  boolean isDue() {
    return !due.isEmpty();
  }

  /** Takes the oldest run that is due. */
  Optional<List<Spool.Entry>> take() {
    Optional<List<Spool.Entry>> first = Optional.ofNullable(due.pollFirst());
    dueBytes -= first.stream().flatMap(List::stream).mapToLong(Spool.Entry::bytes).sum();
    return first;
  }

  /** Lets everything go. */
  void letAllGo() {
    end();
    while (isDue()) {
      letGo(take().orElseThrow());
    }
  }

  private void letGo(List<Spool.Entry> run) {
    run.forEach(letGo);
  }
}
