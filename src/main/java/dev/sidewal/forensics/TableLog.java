package dev.sidewal.forensics;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.replica.HistoryReader;
import dev.sidewal.replica.ObjectGoneException;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.restore.LogRequest;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.restore.MovingMoment;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.restore.TransactionLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Lists the transactions of a replica with the tables that each of them touched. The state before
 * the first is restored once; then transactions are applied one by one. It begins anew only behind
 * what nothing leads through.
 */
public final class TableLog {

  private final MomentFile.Source source;
  private final Timeline timeline;
  private final UUID replicaId;
  private final Consumer<TransactionTables> sink;
  private final Set<String> names = new TreeSet<>();

  /** Objects without a hole or an image between them, and the transactions wanted of them. */
  private record Run(List<TimelineObject> objects, TxidRange range, boolean image) {}

  private TableLog(MomentFile.Source source, Timeline timeline, Consumer<TransactionTables> sink) {
    this.source = source;
    this.timeline = timeline;
    this.sink = sink;
    this.replicaId = timeline.listing().generations().get(0).manifest().replicaId();
  }

  /**
   * Hands over the asked transactions, oldest first. Throws what {@link TransactionLog#read} and
   * {@link MomentFile#restore} throw.
   *
   * @return the names of all tables that were there at any time that was looked at
   */
  public static Set<String> read(
      MomentFile.Source source,
      Timeline timeline,
      LogRequest request,
      Consumer<TransactionTables> sink) {
    long[] range = {0, 0};
    Optional<HistoryDamagedException> damage = Optional.empty();
    try {
      new TransactionLog(source.store())
          .read(
              timeline,
              request,
              (transaction, image) -> {
                range[0] = range[0] == 0 ? transaction.txid() : range[0];
                range[1] = transaction.txid();
              });
    } catch (HistoryDamagedException e) {
      // What is there is listed first.
      damage = Optional.of(e);
    }
    TableLog log = new TableLog(source, timeline, sink);
    if (range[0] > 0) {
      for (Run run : log.runs(new TxidRange(range[0], range[1]))) {
        log.list(run);
      }
    }
    if (damage.isPresent()) {
      throw damage.get();
    }
    return log.names;
  }

  private List<Run> runs(TxidRange range) {
    List<Run> runs = new ArrayList<>();
    List<TimelineObject> open = new ArrayList<>();
    long next = range.first();
    long begin = next;
    for (TimelineObject object : timeline.cover(range)) {
      boolean image = object.object().name().kind().isImage();
      if (!open.isEmpty() && (image || object.first() > next)) {
        runs.add(new Run(List.copyOf(open), new TxidRange(begin, next - 1), false));
        open.clear();
      }
      long first = Math.max(next, object.first());
      long last = Math.min(range.last(), object.last());
      if (image) {
        runs.add(new Run(List.of(object), new TxidRange(first, last), true));
      } else {
        begin = open.isEmpty() ? first : begin;
        open.add(object);
      }
      next = last + 1;
    }
    if (!open.isEmpty()) {
      runs.add(new Run(List.copyOf(open), new TxidRange(begin, next - 1), false));
    }
    return runs;
  }

  private void list(Run run) {
    TxidRange range = run.range();
    if (run.image()) {
      untold(run, range.last(), "only an image of the state after it is there");
      return;
    }
    long base = range.first() - 1;
    if (!timeline.isRestorable(base)) {
      // From the first state on that can be restored.
      base =
          timeline.restorable().stream()
              .filter(r -> r.last() >= range.first())
              .mapToLong(r -> Math.max(range.first(), r.first()))
              .findFirst()
              .orElse(range.last());
      base = Math.min(base, range.last());
      untold(run, base, "the state before it cannot be restored");
    }
    if (base < range.last()) {
      try (MovingMoment moment = MovingMoment.restore(source, timeline, RestoreTarget.txid(base))) {
        TableTracker tracker = new TableTracker(moment, sink);
        moment.moveTo(range.last(), tracker);
        names.addAll(tracker.names());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Hands over the transactions of a run up to one, without what they touched. */
  private void untold(Run run, long last, String reason) {
    for (TimelineObject object : run.objects()) {
      try {
        HistoryReader.open(source.store(), object.object(), replicaId)
            .forEachTransaction(
                t -> {
                  if (t.txid() >= Math.max(object.first(), run.range().first())
                      && t.txid() <= Math.min(object.last(), last)) {
                    sink.accept(TransactionTables.untold(t, run.image(), reason));
                  }
                });
      } catch (ObjectGoneException e) {
        throw new HistoryDamagedException(
            e.getMessage()
                + ". Packs or retention may have replaced it meanwhile: run the command again.",
            e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
