package dev.sidewal.agent.metrics;

import static dev.sidewal.agent.metrics.DatabaseMetric.counter;
import static dev.sidewal.agent.metrics.DatabaseMetric.counters;
import static dev.sidewal.agent.metrics.DatabaseMetric.gauge;
import static dev.sidewal.agent.metrics.DatabaseMetric.number;
import static dev.sidewal.agent.metrics.DatabaseMetric.oneOf;
import static dev.sidewal.agent.metrics.DatabaseMetric.time;

import dev.sidewal.agent.BeginReason;
import dev.sidewal.agent.ReplicationState;
import dev.sidewal.agent.ReplicationStatus;
import dev.sidewal.agent.VerificationStatus;
import dev.sidewal.agent.VerificationStatus.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * The metrics of one database: the one list from which they are exposed and registered. Described
 * in {@code docs/metrics.md}, which a test holds against it.
 */
final class DatabaseMetrics {

  private static final String BYTES = "bytes";
  private static final String SECONDS = "seconds";

  /** The reasons for which a session begins with a snapshot. */
  private static final List<BeginReason> SNAPSHOT_REASONS =
      Arrays.stream(BeginReason.values()).filter(r -> r != BeginReason.LOG_INCOMPLETE).toList();

  static final List<DatabaseMetric> ALL = all();

  private DatabaseMetrics() {}

  private static List<DatabaseMetric> all() {
    List<DatabaseMetric> all = new ArrayList<>();
    all.addAll(standing());
    all.addAll(work());
    all.addAll(housekeeping());
    return List.copyOf(all);
  }

  private static List<DatabaseMetric> standing() {
    return List.of(
        gauge(
            "sidewal_replication_lag_seconds",
            SECONDS,
            "Age of the oldest commit that the store may lack; 0 if it has all.",
            r -> OptionalDouble.of(lag(r))),
        oneOf(
            "sidewal_state",
            "What the replication is doing: 1 for the state it is in.",
            "state",
            Arrays.stream(ReplicationState.values()).map(DatabaseMetrics::word).toList(),
            r -> word(r.status().state())),
        number(
            "sidewal_ready",
            "",
            "Whether the database is followed and the store takes what is shipped.",
            s -> s.isReady() ? 1 : 0),
        gauge(
            "sidewal_alive",
            "",
            "Whether following moves; if not, only a restart helps.",
            r -> OptionalDouble.of(r.alive() ? 1 : 0)),
        number(
            "sidewal_trouble",
            "",
            "Whether something goes wrong that is tried again; the status says what.",
            s -> s.trouble().isPresent() ? 1 : 0),
        number(
            "sidewal_generation",
            "",
            "The generation that is written; 0 before one was claimed.",
            ReplicationStatus::generation),
        number(
            "sidewal_copied_txid",
            "",
            "The last transaction that was copied from the log.",
            s -> s.history().copiedTxid()),
        number(
            "sidewal_shipped_txid",
            "",
            "The last transaction that the store has.",
            s -> s.history().shippedTxid()),
        time(
            "sidewal_restorable_latest_timestamp_seconds",
            "Time of the last transaction that the store has: the latest that can be restored.",
            s -> s.history().latest()),
        time(
            "sidewal_restorable_oldest_timestamp_seconds",
            "Time of the oldest transaction that could be restored at the last listing.",
            s -> s.history().oldest()),
        time(
            "sidewal_snapshot_timestamp_seconds",
            "When the store got the newest snapshot.",
            s -> s.history().snapshot()),
        gauge(
            "sidewal_wal_bytes",
            BYTES,
            "Length of the database's log, as far as it is in use.",
            r ->
                r.status()
                    .follow()
                    .map(f -> OptionalDouble.of((double) f.logBytes()))
                    .orElseGet(OptionalDouble::empty)),
        number(
            "sidewal_spool_bytes",
            BYTES,
            "Bytes that wait on local disk for the store.",
            ReplicationStatus::spoolBytes),
        number(
            "sidewal_expiry_alarm",
            "",
            "Whether a lifecycle rule is going to delete history that is still needed.",
            s -> s.expiryAlarm().isPresent() ? 1 : 0),
        time(
            "sidewal_verification_timestamp_seconds",
            "When the last verification ended.",
            s -> s.verification().map(VerificationStatus::time)),
        verificationOutcome(),
        verified(
            "sidewal_verification_txid", "", "The transaction that it checked.", v -> v.txid()),
        verified(
            "sidewal_verification_duration_seconds",
            SECONDS,
            "How long the last verification took.",
            v -> seconds(v.duration())));
  }

  private static DatabaseMetric verificationOutcome() {
    List<String> words = Arrays.stream(Outcome.values()).map(DatabaseMetrics::word).toList();
    return oneOf(
        "sidewal_verification_outcome",
        "How the last verification ended: 1 for its outcome, 0 for all if there was none.",
        "outcome",
        words,
        r -> r.status().verification().map(v -> word(v.outcome())).orElse(""));
  }

  private static DatabaseMetric verified(
      String name, String unit, String help, ToDoubleFunction<VerificationStatus> value) {
    return gauge(
        name,
        unit,
        help,
        r ->
            r.status()
                .verification()
                .map(v -> OptionalDouble.of(value.applyAsDouble(v)))
                .orElseGet(OptionalDouble::empty));
  }

  private static List<DatabaseMetric> work() {
    return List.of(
        counter(
            "sidewal_copied_transactions_total",
            "",
            "Transactions copied from the log.",
            s -> s.totals().transactions()),
        counter(
            "sidewal_copied_frames_total",
            "",
            "Frames copied from the log.",
            s -> s.totals().frames()),
        counter(
            "sidewal_copied_bytes_total",
            BYTES,
            "Bytes of pages copied from the log.",
            s -> s.totals().copiedBytes()),
        counter(
            "sidewal_shipped_objects_total",
            "",
            "Segments, gaps and first snapshots that the store has taken.",
            s -> s.totals().shippedObjects()),
        counter(
            "sidewal_shipped_bytes_total",
            BYTES,
            "Their bytes, compressed.",
            s -> s.totals().shippedBytes()),
        counter(
            "sidewal_log_epochs_total",
            "",
            "Epochs of the log that were seen.",
            s -> s.totals().epochs()),
        counter(
            "sidewal_checkpoints_total",
            "",
            "PASSIVE checkpoints that were run.",
            s -> s.totals().checkpoints()),
        counters(
            "sidewal_pauses_total",
            "Pauses for writers, so that the log can begin anew; in vain: it could not.",
            "outcome",
            List.of("done", "vain"),
            List.of(s -> s.totals().pauses(), s -> s.totals().pausesFailed())),
        counters(
            "sidewal_full_snapshots_total",
            "Sessions that began with a full snapshot, by reason.",
            "reason",
            SNAPSHOT_REASONS.stream().map(BeginReason::label).toList(),
            SNAPSHOT_REASONS.stream()
                .map(reason -> count(s -> s.counts().snapshots(), reason))
                .toList()),
        counters(
            "sidewal_gaps_total",
            "Sessions that began with a gap, by reason: states in between are unknown.",
            "reason",
            List.of(BeginReason.LOG_INCOMPLETE.label()),
            List.of(count(s -> s.counts().gaps(), BeginReason.LOG_INCOMPLETE))),
        counter(
            "sidewal_continuations_total",
            "",
            "Sessions that began where the last one had ended.",
            s -> s.counts().continued()));
  }

  private static List<DatabaseMetric> housekeeping() {
    return List.of(
        counters(
            "sidewal_images_total",
            "Images that the store has taken.",
            "kind",
            List.of("snapshot", "delta"),
            List.of(s -> s.totals().images().snapshots(), s -> s.totals().images().deltas())),
        counter(
            "sidewal_image_bytes_total",
            BYTES,
            "Their bytes, compressed.",
            s -> s.totals().images().bytes()),
        counter(
            "sidewal_images_given_up_total",
            "",
            "Images that were begun and given up; they are begun again.",
            s -> s.totals().images().givenUp()),
        counter(
            "sidewal_packs_total",
            "",
            "Packs that the store has, verified.",
            s -> s.totals().packs().packs()),
        counter(
            "sidewal_pack_bytes_total",
            BYTES,
            "Their bytes, compressed.",
            s -> s.totals().packs().packBytes()),
        counter(
            "sidewal_packed_segments_total",
            "",
            "Segments in those packs.",
            s -> s.totals().packs().packedSegments()),
        counters(
            "sidewal_removed_segments_total",
            "Segments that a pack has made superfluous, and that were deleted or tagged.",
            "how",
            List.of("deleted", "tagged"),
            List.of(
                s -> s.totals().packs().removedSegments(),
                s -> s.totals().packs().retiredSegments())),
        counter(
            "sidewal_retention_passes_total",
            "",
            "Looks at what is not needed any more.",
            s -> s.retention().passes()),
        counter(
            "sidewal_retention_failures_total",
            "",
            "Looks, or parts of them, that failed.",
            s -> s.retention().failures()),
        counter(
            "sidewal_retired_objects_total",
            "",
            "Objects that were retired.",
            s -> s.retention().objects()),
        counter("sidewal_retired_bytes_total", BYTES, "Their bytes.", s -> s.retention().bytes()));
  }

  private static double lag(DatabaseMetric.Reading r) {
    return r.status()
        .unshippedSince()
        .map(since -> Math.max(0, seconds(Duration.between(since, r.now()))))
        .orElse(0.0);
  }

  private static ToDoubleFunction<ReplicationStatus> count(
      Function<ReplicationStatus, Map<BeginReason, Long>> counts, BeginReason reason) {
    return s -> counts.apply(s).getOrDefault(reason, 0L);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
