package dev.sidewal.agent;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What {@code GET /status} says of one database. */
final class StatusDocument {

  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

  private StatusDocument() {}

  static Map<String, Object> of(Agent.Replicated replicated, Instant now) {
    ReplicationStatus status = replicated.replication().status();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("database", replicated.database().toString());
    fields.put("url", replicated.url());
    fields.put("state", word(status.state()));
    fields.put("alive", replicated.replication().isAlive());
    fields.put("ready", status.isReady());
    fields.put("trouble", status.trouble().orElse(""));
    fields.put("generation", status.generation());
    fields.put("lastTxid", status.lastTxid());
    fields.put("shippedTxid", status.shippedTxid());
    fields.put("lagSeconds", lagSeconds(status, now));
    time(fields, "unshippedSince", status.unshippedSince());
    time(fields, "oldestRestorable", status.history().oldest());
    time(fields, "latestRestorable", status.history().latest());
    time(fields, "lastSnapshot", status.history().snapshot());
    fields.put("spoolBytes", status.spoolBytes());
    fields.put("shippedObjects", status.shippedObjects());
    fields.put("shippedBytes", status.shippedBytes());
    fields.put("snapshots", status.images().snapshots());
    fields.put("deltas", status.images().deltas());
    fields.put("packs", status.packs().packs());
    fields.put("retiredObjects", status.retention().objects());
    status
        .verification()
        .ifPresent(
            v -> {
              fields.put("verified", word(v.outcome()));
              fields.put("verifiedAt", TIME.format(v.time()));
              fields.put("verifiedTxid", v.txid());
              fields.put("verifiedMessage", v.message());
            });
    status.follow().ifPresent(f -> fields.put("logBytes", f.logBytes()));
    fields.put("fullSnapshots", counts(status.counts().snapshots()));
    fields.put("gaps", counts(status.counts().gaps()));
    fields.put("continuations", status.counts().continued());
    fields.put("transactions", status.totals().transactions());
    fields.put("expiryAlarm", status.expiryAlarm().orElse(""));
    return fields;
  }

  private static double lagSeconds(ReplicationStatus status, Instant now) {
    return status
        .unshippedSince()
        .map(since -> Math.max(0, Duration.between(since, now).toMillis() / 1e3))
        .orElse(0.0);
  }

  private static Map<String, Long> counts(Map<BeginReason, Long> counts) {
    Map<String, Long> words = new TreeMap<>();
    counts.forEach((reason, count) -> words.put(reason.label(), count));
    return words;
  }

  private static void time(Map<String, Object> fields, String name, Optional<Instant> time) {
    time.ifPresent(t -> fields.put(name, TIME.format(t)));
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
