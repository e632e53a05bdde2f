package dev.sidewal.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Since when something may have been committed that the store does not have.
 *
 * <p>While following keeps up, the times of transactions say it: the first one that waits. While it
 * does not, because the log is held, no session is there, or there is much to catch up with, nobody
 * knows what was committed; then it counts from the last moment at which all that was committed had
 * been copied, until the store has what was copied when the end of the log was reached again.
 *
 * <p>Invariant: whatever was committed before the answer, the store has; so it may be earlier than
 * the oldest transaction that waits, never later. Two spans are enough for that: the first, and one
 * for all others; the first need not have begun first, for what was copied before it may be
 * forgotten. Safe for use by several threads.
 */
final class Backlog {

  /**
   * Following looks at the log every few milliseconds. When it has not for so long, it stands
   * still, and nobody knows what was committed since.
   */
  private static final Duration FRESH = Duration.ofSeconds(10);

  private static final long OPEN = Long.MAX_VALUE;

  /**
   * A time in which following was behind.
   *
   * @param since from when on
   * @param until the transaction that the store must have before it is over; {@link #OPEN} as long
   *     as following is behind
   */
  private record Span(Instant since, long until) {
    Span reopened() {
      return new Span(since, OPEN);
    }

    Span openedBefore(Instant time) {
      return until == OPEN && time.isBefore(since) ? new Span(time, OPEN) : this;
    }

    Span closedAt(long txid) {
      return until == OPEN ? new Span(since, txid) : this;
    }
  }

  private Optional<Span> oldest = Optional.empty();
  private Optional<Span> later = Optional.empty();

  /** The last moment at which all that was committed had been copied. */
  private Optional<Instant> knownAt = Optional.empty();

  /** The time of the first transaction that was copied and that the store does not have. */
  private Optional<Instant> waiting = Optional.empty();

  /** Whether the last session has left something that the store does not have. */
  private boolean owed;

  /** Whether the database is not there: then nothing is committed. */
  private boolean gone = true;

  /**
   * The database is there, and about to be followed.
   *
   * @param leftover the time of the first transaction that an earlier run has left to ship
   */
  synchronized void begin(Instant now, Optional<Instant> leftover) {
    if (gone) {
      gone = false;
      behindSince(now);
    }
    leftover.ifPresent(this::forgotten);
  }

  /**
   * Following has looked at the log.
   *
   * @param before when it began to look
   * @param atEnd whether it has copied everything since
   * @param copied the last transaction that it has copied
   * @param shipped the last transaction that the store has
   * @param first the time of the first transaction between the two
   */
  synchronized void looked(
      Instant before, boolean atEnd, long copied, long shipped, Optional<Instant> first) {
    waiting = first;
    if (atEnd) {
      knownAt = Optional.of(before);
      oldest = oldest.map(s -> s.closedAt(copied));
      later = later.map(s -> s.closedAt(copied));
    } else {
      behindSince(knownAt.orElse(before));
    }
    while (oldest.filter(s -> s.until <= shipped).isPresent()) {
      oldest = later;
      later = Optional.empty();
    }
    owed = owed && oldest.isPresent();
  }

  /** What was copied since a moment is forgotten, and copied again later. */
  synchronized void forgotten(Instant since) {
    behindSince(since);
    oldest = oldest.map(s -> s.openedBefore(since));
    later = later.map(s -> s.openedBefore(since));
  }

  /** A session has ended, and with it what it knew. */
  synchronized void sessionEnded() {
    owed = waiting.isPresent() || oldest.isPresent();
    oldest =
        earlier(earlier(earlier(waiting, oldest.map(Span::since)), later.map(Span::since)), knownAt)
            .map(at -> new Span(at, OPEN));
    later = Optional.empty();
    waiting = Optional.empty();
    knownAt = Optional.empty();
  }

  /** The store has all that the last session had copied, and there is no other one. */
  synchronized void restIsShipped() {
    owed = false;
    oldest = Optional.empty();
  }

  /** The database is not there. What the store does not have of it is still owed. */
  synchronized void databaseIsGone() {
    if (!owed) {
      oldest = Optional.empty();
      gone = true;
    }
  }

  private void behindSince(Instant since) {
    if (oldest.isEmpty()) {
      oldest = Optional.of(new Span(since, OPEN));
    } else if (oldest.get().until != OPEN) {
      later = Optional.of(later.map(Span::reopened).orElse(new Span(since, OPEN)));
    }
  }

  /** Returns since when the store may lack something; empty if it has all. */
  synchronized Optional<Instant> since(Instant now) {
    Optional<Instant> since =
        earlier(earlier(waiting, oldest.map(Span::since)), later.map(Span::since));
    Optional<Instant> stale = knownAt.filter(at -> at.plus(FRESH).isBefore(now));
    return earlier(since, stale);
  }

  private static Optional<Instant> earlier(Optional<Instant> a, Optional<Instant> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return a.or(() -> b);
    }
    return a.get().isBefore(b.get()) ? a : b;
  }
}
