package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.ObjectGoneException;
import dev.sidewal.replica.Position;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.replica.TxidRanges;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * Reads every byte of every object that a restore may use. Objects of which nothing is valid
 * (fenced, or behind the mark of retention) are not read.
 *
 * <p>An object that vanishes meanwhile may have been retired or packed: then the replica is listed
 * again, and what is new in it is read as well, a bounded number of times. Only what is listed and
 * cannot be read is missing.
 *
 * <p>Memory: for each thread two blocks, an index chunk and what is read ahead, and of a snapshot
 * the pages that were seen, one bit each. Used by one thread.
 */
final class ObjectsCheck {

  private static final int ROUNDS = 5;

  private final ObjectStore store;
  private final int parallelism;
  private final RestoreProgress progress;
  private final Set<String> read = new HashSet<>();
  private final Map<String, String> bad = new TreeMap<>();
  private final Map<String, String> missing = new TreeMap<>();
  private Timeline timeline;
  private List<Finding> contradictions = List.of();
  private long bytes;
  private long doneBytes;
  private long totalBytes;

  ObjectsCheck(ObjectStore store, Timeline timeline, int parallelism, RestoreProgress progress) {
    this.store = store;
    this.timeline = timeline;
    this.parallelism = parallelism;
    this.progress = progress;
  }

  /** Returns the timeline as it was last listed. */
  Timeline timeline() {
    return timeline;
  }

  /** Returns how many objects were read. */
  int objects() {
    return read.size();
  }

  /** Returns how many bytes were read. */
  long bytes() {
    return bytes;
  }

  List<Finding> run() {
    RecordedStates states = new RecordedStates();
    for (int round = 0; round < ROUNDS; round++) {
      missing.clear();
      states.want(ends());
      claims(states);
      List<TimelineObject> next =
          timeline.objects().stream().filter(o -> !read.contains(o.key())).toList();
      readAll(next, states);
      contradictions = states.contradictions();
      if (missing.isEmpty()) {
        break;
      }
      timeline = Timeline.load(store);
      Set<String> listed =
          timeline.objects().stream().map(TimelineObject::key).collect(Collectors.toSet());
      bad.keySet().retainAll(listed);
      missing.keySet().retainAll(listed);
      if (missing.isEmpty() && read.containsAll(listed)) {
        break;
      }
    }
    return findings();
  }

  private Set<Long> ends() {
    Set<Long> ends = new HashSet<>();
    for (TimelineObject o : timeline.objects()) {
      ends.add(o.last());
      ends.add(o.object().name().firstTxid() - 1);
      ends.add(o.base());
    }
    return ends;
  }

  private void claims(RecordedStates states) {
    for (Position p : RestorePlanner.positions(timeline.listing().generations())) {
      states.add(p.txid(), p.checksum(), OptionalLong.empty(), "the claim that continues " + p);
    }
  }

  private void readAll(List<TimelineObject> objects, RecordedStates states) {
    Map<Long, Integer> pageSizes = new HashMap<>();
    for (GenerationListing g : timeline.listing().generations()) {
      pageSizes.put(g.generation(), g.manifest().pageSize());
    }
    UUID replicaId = timeline.listing().generations().get(0).manifest().replicaId();
    totalBytes = doneBytes + objects.stream().mapToLong(o -> o.object().bytes()).sum();
    ExecutorService workers =
        Executors.newFixedThreadPool(
            parallelism,
            task -> {
              Thread thread = new Thread(task, "verify");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<?>> running = new ArrayList<>();
      for (TimelineObject o : objects) {
        running.add(
            workers.submit(
                () -> {
                  read(o, replicaId, pageSizes.get(o.object().name().generation()), states);
                  return true;
                }));
      }
      for (Future<?> one : running) {
        await(one);
      }
    } finally {
      workers.shutdownNow();
    }
  }

  private void read(TimelineObject o, UUID replicaId, int pageSize, RecordedStates states)
      throws IOException {
    long[] reported = {0};
    try {
      ObjectProof.prove(
          store,
          o,
          replicaId,
          pageSize,
          states,
          at -> {
            report(at - reported[0]);
            reported[0] = at;
          });
      done(o, true);
    } catch (HistoryDamagedException e) {
      done(o, true);
      synchronized (this) {
        bad.put(o.key(), e.getMessage());
      }
    } catch (ObjectGoneException e) {
      done(o, false);
      synchronized (this) {
        missing.put(o.key(), e.getMessage());
      }
    } finally {
      report(o.object().bytes() - reported[0]);
    }
  }

  private synchronized void done(TimelineObject o, boolean wasThere) {
    if (wasThere) {
      read.add(o.key());
      bytes += o.object().bytes();
    }
  }

  private synchronized void report(long more) {
    doneBytes += more;
    progress.progress(RestoreProgress.Phase.READING, doneBytes, totalBytes);
  }

  private static void await(Future<?> one) {
    try {
      one.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException("interrupted"));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException reason) {
        throw reason;
      }
      if (e.getCause() instanceof IOException reason) {
        throw new StoreException("Reading an object failed: " + reason, true, reason);
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    Set<String> unusable = new HashSet<>(bad.keySet());
    unusable.addAll(missing.keySet());
    bad.forEach(
        (key, why) ->
            findings.add(
                Finding.about(Finding.Kind.DAMAGED, key, why + " " + meaning(key, unusable))));
    missing.forEach(
        (key, why) ->
            findings.add(
                Finding.about(Finding.Kind.MISSING, key, why + ". " + meaning(key, unusable))));
    findings.sort(Comparator.comparing(f -> f.key().orElse("")));
    findings.addAll(contradictions);
    return findings;
  }

  /** Says what cannot be restored any more, and what to do. */
  private String meaning(String key, Set<String> unusable) {
    Timeline without = Timeline.of(timeline.listing(), o -> !o.key().equals(key));
    List<TxidRange> lost = lost(without);
    if (!lost.isEmpty()) {
      return "Without it "
          + words(lost)
          + " cannot be restored. Bring it back from a copy or an older version of it; a new snapshot"
          + " (sidewal snapshot) makes what comes after restorable.";
    }
    Timeline withoutAll = Timeline.of(timeline.listing(), o -> !unusable.contains(o.key()));
    Timeline withoutOthers =
        Timeline.of(timeline.listing(), o -> o.key().equals(key) || !unusable.contains(o.key()));
    List<TxidRange> lostTogether = lost(withoutAll);
    return lostTogether.equals(lost(withoutOthers))
        ? "Other objects lead to every transaction in it, so nothing is lost; but a restore may choose"
            + " it and fail. Move it away."
        : "Other objects lead to its transactions too, but some of those are damaged as well: together "
            + words(lostTogether)
            + " cannot be restored. Bring one of them back from a copy or an older version of it.";
  }

  private List<TxidRange> lost(Timeline without) {
    List<TxidRange> lost = new ArrayList<>();
    for (TxidRange range : timeline.restorable()) {
      lost.addAll(TxidRanges.without(range, without.restorable()));
    }
    return lost;
  }

  private static String words(List<TxidRange> ranges) {
    return ranges.stream().map(TxidRange::toString).collect(Collectors.joining("; "));
  }
}
