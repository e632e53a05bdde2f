package dev.sidewal.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.flow.Replica;
import dev.sidewal.flow.WriterLog;
import dev.sidewal.retention.RetentionPolicy;
import dev.sidewal.retention.RetentionReport;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.ReplicaInvariants;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Looks at the replica of a round while no agent is there, and prunes it. Not thread-safe. */
final class ReplicaCheck {

  private final ReplicaPlace place;
  private final Promises promises;
  private final Path restored;
  private final Figures figures;
  private final Map<String, Long> counted = new HashMap<>();
  private boolean pruned;

  /**
   * Creates a check.
   *
   * @param restored where states are restored to
   */
  ReplicaCheck(ReplicaPlace place, Promises promises, Path restored, Figures figures) {
    this.place = place;
    this.promises = promises;
    this.restored = restored;
    this.figures = figures;
  }

  /**
   * Checks everything.
   *
   * @param source the database
   * @param logs what was written, to the database itself first
   */
  void run(Path source, List<WriterLog> logs, Random random) throws Exception {
    try (ObjectStore store = ObjectStores.open(ReplicaUrl.parse(place.url()));
        Replica replica = Replica.open(place.url(), random)) {
      ReplicaInvariants.Report report =
          pruned ? ReplicaInvariants.checkPruned(store) : ReplicaInvariants.check(store);
      promises.check(report, pruned);
      RestoredStates states = new RestoredStates(replica, report, logs, restored, random, figures);
      states.checkLatest(source);
      states.checkTransactions(promises.states());
      states.checkTimes();
      states.checkOrder();
      figures.count("checks");
      total("generations", report.generations());
      total("continuing", report.continuing());
      total("snapshots", report.snapshots());
      total("later snapshots", report.laterSnapshots());
      total("deltas", report.deltas());
      total("segments", report.segments());
      total("packs", report.packs());
      total("gaps", report.gaps());
      total("fenced", report.fenced());
      total("transactions", report.line().size());
      total("commits", logs.get(0).commits());
      total("acknowledged", promises.size());
    }
  }

  /** Removes what retention does not need, as {@code sidewal prune} does. */
  void prune(Random random) {
    Duration window = Duration.ofMillis(100 + random.nextInt(3000));
    Duration hourly = random.nextBoolean() ? window : Duration.ofHours(1);
    Optional<Duration> daily = random.nextBoolean() ? Optional.of(window) : Optional.empty();
    try (Replica replica = Replica.open(place.url(), random)) {
      RetentionReport report =
          replica.prune(new RetentionPolicy(window, hourly, daily), Clock.systemUTC());
      assertThat(report.failures()).isEmpty();
      figures.count("prunes");
      figures.add("pruned objects", report.total().objects());
      figures.count(report.mark().isPresent() ? "marks" : "prunes without a mark");
    }
    pruned = true;
  }

  /** Adds to a figure what was not counted for this round before. */
  private void total(String name, long amount) {
    long before = counted.getOrDefault(name, 0L);
    figures.add(name, Math.max(0, amount - before));
    counted.put(name, amount);
  }
}
