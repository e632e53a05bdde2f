package dev.sidewal.agent;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What {@code GET /status} says of one database. */
final class StatusDocument {

  private StatusDocument() {}

  static Map<String, Object> of(HttpEndpoint.Served served) {
    ReplicationStatus status = served.replication().status();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("database", served.database().toString());
    fields.put("state", status.state().name().toLowerCase(Locale.ROOT));
    fields.put("alive", served.replication().isAlive());
    fields.put("ready", status.isReady());
    fields.put("trouble", status.trouble().orElse(""));
    fields.put("generation", status.generation());
    fields.put("lastTxid", status.lastTxid());
    fields.put("shippedTxid", status.shippedTxid());
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
              fields.put("verified", v.outcome().name().toLowerCase(Locale.ROOT));
              fields.put("verifiedAt", v.time());
              fields.put("verifiedTxid", v.txid());
              fields.put("verifiedMessage", v.message());
            });
    status.follow().ifPresent(f -> fields.put("logBytes", f.logBytes()));
    return fields;
  }
}
