package dev.sidewal.forensics;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.NoBackupException;
import dev.sidewal.error.TargetUnavailableException;
import dev.sidewal.error.UsageException;
import dev.sidewal.replica.Moment;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.UnrecordedSteps;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.restore.MovingMoment;
import dev.sidewal.restore.PageChanges;
import dev.sidewal.restore.RestorePlanner;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.segment.Transaction;
import java.io.Closeable;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds the last transaction at which a condition held.
 *
 * <p>One file is kept at the last moment that is known to be good, and marked. To ask a later
 * moment, the file moves there; if the condition holds, that is the new mark, else it goes back.
 * Where reading all that lies between would cost more than restoring that moment anew, it is
 * restored anew beside the first, and one of the two is given up. So there are never more than two
 * files.
 *
 * <p>A binary search takes for granted that what held at first and does not hold at last changed
 * once. If it changed more often, it finds one of the changes; asking each transaction finds all.
 */
public final class Bisect implements Closeable {

  private final MomentFile.Source source;
  private final BisectRequest request;
  private final Steps steps;
  private final Timeline timeline;
  private final RestorePlanner planner;
  private final Set<Long> unrecorded;
  private MovingMoment moment;
  private long asked;
  private long restores;
  private long bytesRead;

  /** Gets told how far a search is. */
  @FunctionalInterface
  public interface Steps {
    /** Gets how many moments were asked, and how many more will be at most. */
    void step(long done, long left);
  }

  private Bisect(MomentFile.Source source, BisectRequest request, Steps steps) {
    this.source = source;
    this.request = request;
    this.steps = steps;
    this.timeline = Timeline.load(source.store());
    this.planner = new RestorePlanner(source.store());
    Moment earliest = earliest();
    long first =
        request
            .from()
            .filter(time -> time.isAfter(earliest.time()))
            .map(this::txidAt)
            .orElse(earliest.txid());
    this.unrecorded = new HashSet<>(UnrecordedSteps.find(source.store(), timeline));
    this.moment = restore(first);
  }

  /**
   * Searches. Throws what a restore throws.
   *
   * @throws UsageException if the query cannot be asked of any database
   */
  public static BisectReport run(MomentFile.Source source, BisectRequest request, Steps steps) {
    try (Bisect bisect = new Bisect(source, request, steps)) {
      return bisect.search();
    }
  }

  private Moment earliest() {
    // Planning tells what is the matter where there is nothing.
    return timeline
        .earliest()
        .orElseThrow(
            () -> {
              planner.plan(timeline, RestoreTarget.latest());
              return new NoBackupException("Nothing can be restored.");
            });
  }

  private long txidAt(Instant time) {
    return planner.plan(timeline, RestoreTarget.at(time)).target().txid();
  }

  private BisectReport search() {
    long firstTxid = moment.transaction().txid();
    long lastTxid =
        request.to().map(this::txidAt).orElseGet(() -> timeline.latestRestorable().orElseThrow());
    if (lastTxid < firstTxid) {
      throw new TargetUnavailableException(
          "The search would end with transaction "
              + lastTxid
              + " and begin with "
              + firstTxid
              + ": give a later --to or an earlier --from.");
    }
    States states = new States(timeline.restorable(), firstTxid, lastTxid);
    Probe first = probeHere();
    moment.mark();
    List<BisectReport.Change> changes = new ArrayList<>();
    if (request.everyTransaction()) {
      Probe last = scan(states, first, changes);
      knowTheEnd(last);
      return report(states, first, last, changes);
    }
    Probe last = lastTxid == firstTxid ? first : probe(lastTxid);
    if (first.good() && !last.good()) {
      changes.add(halve(states, first, last));
    }
    knowTheEnd(last);
    return report(states, first, last, changes);
  }

  /** Refuses to say that nothing went wrong where later transactions cannot be asked. */
  private void knowTheEnd(Probe last) {
    long latest = timeline.latest().orElse(last.txid());
    if (last.good() && request.to().isEmpty() && latest > last.txid()) {
      throw new HistoryDamagedException(
          "The condition holds at transaction "
              + last.txid()
              + " of "
              + last.time()
              + ", the last one that can be restored. Transactions up to "
              + latest
              + " were recorded after it, but objects are missing: whether it holds there cannot be"
              + " told. See sidewal info for what is missing, or search up to a time before that"
              + " (--to).");
    }
  }

  private BisectReport report(
      States states, Probe first, Probe last, List<BisectReport.Change> changes) {
    BisectReport.Outcome outcome =
        !first.good()
            ? BisectReport.Outcome.NOT_AT_FIRST
            : last.good() ? BisectReport.Outcome.HOLDS_AT_END : BisectReport.Outcome.FOUND;
    return new BisectReport(
        outcome, first, last, changes, states.count(), asked, restores, bytesRead);
  }

  private BisectReport.Change halve(States states, Probe first, Probe last) {
    Probe good = first;
    Probe bad = last;
    long low = 0;
    long high = states.count() - 1;
    while (high - low > 1) {
      steps.step(asked, Long.SIZE - Long.numberOfLeadingZeros(high - low - 1));
      long middle = (low + high) >>> 1;
      Probe probe = probe(states.txid(middle));
      if (probe.good()) {
        good = probe;
        low = middle;
      } else {
        bad = probe;
        high = middle;
      }
    }
    return change(good, bad);
  }

  private Probe scan(States states, Probe first, List<BisectReport.Change> changes) {
    Probe before = first;
    long count = states.count();
    long i = 1;
    while (i < count) {
      steps.step(asked, count - i);
      long txid = states.txid(i);
      if (moment.wayBytes(txid).isEmpty()) {
        replace(restore(txid));
        found.add(probeHere());
        i++;
      } else {
        // Each transaction is asked on the way, so that every object is opened once.
        i = walk(states, i) + 1;
      }
      for (Probe probe : found) {
        if (probe.good() != before.good()) {
          changes.add(change(before, probe));
        }
        before = probe;
      }
      found.clear();
    }
    return before;
  }

  /** What was asked on a walk. */
  private final List<Probe> found = new ArrayList<>();

  /** How many transactions are asked before anything is handed on. */
  private static final int STRIDE = 1000;

  /** Walks on from a state as far as there is a way; returns the number of the last one. */
  private long walk(States states, long from) {
    long to = Math.min(states.count() - 1, from + STRIDE - 1);
    while (to > from
        && (states.txid(to) - states.txid(from) != to - from
            || moment.wayBytes(states.txid(to)).isEmpty())) {
      to = from + (to - from) / 2;
    }
    long left = states.count() - from;
    bytesRead += moment.wayBytes(states.txid(to)).orElse(0);
    moment.moveTo(
        states.txid(to),
        new PageChanges() {
          @Override
          public void before(long page, byte[] content, boolean existed) {}

          @Override
          public void committed(Transaction transaction) {
            steps.step(asked, Math.max(0, left - found.size()));
            found.add(probeHere());
          }
        });
    moment.mark();
    return to;
  }

  private BisectReport.Change change(Probe before, Probe after) {
    return new BisectReport.Change(before, after, after.txid() - before.txid() - 1);
  }

  /** Asks a moment; the file is at the last good one afterwards. */
  private Probe probe(long txid) {
    long anew = MovingMoment.restoreBytes(planner.plan(timeline, RestoreTarget.txid(txid)));
    if (moment.wayBytes(txid).orElse(Long.MAX_VALUE) > anew) {
      return probeAnew(txid);
    }
    bytesRead += moment.wayBytes(txid).orElseThrow();
    moment.moveTo(txid, PageChanges.NONE);
    Probe probe = probeHere();
    if (probe.good()) {
      moment.mark();
    } else {
      moment.back();
    }
    return probe;
  }

  private Probe probeAnew(long txid) {
    MovingMoment before = moment;
    MovingMoment other = restore(txid);
    boolean keep = false;
    try {
      moment = other;
      Probe probe = probeHere();
      keep = probe.good();
      if (keep) {
        other.mark();
      }
      return probe;
    } finally {
      moment = keep ? other : before;
      (keep ? before : other).close();
    }
  }

  private MovingMoment restore(long txid) {
    RestoreTarget target = RestoreTarget.txid(txid);
    bytesRead += planner.plan(timeline, target).totalBytes();
    restores++;
    return MovingMoment.restore(source, timeline, target);
  }

  private void replace(MovingMoment other) {
    moment.close();
    moment = other;
    moment.mark();
  }

  private Probe probeHere() {
    asked++;
    Transaction at = moment.transaction();
    Condition.Answer answer;
    try (Connection connection = moment.open()) {
      answer = request.condition().ask(connection);
    } catch (SQLException e) {
      // Not even opened: the first page is none of a database.
      answer = Condition.Answer.failed(String.valueOf(e.getMessage()));
    }
    return new Probe(at.txid(), at.time(), answer, at.gap() || unrecorded.contains(at.txid()));
  }

  @Override
  public void close() {
    moment.close();
  }
}
