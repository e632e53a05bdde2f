package dev.sidewal.cost;

import dev.sidewal.restore.PlannedObject;
import dev.sidewal.restore.RestorePlan;
import dev.sidewal.restore.RestorePlanner;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Locale;

/**
 * What a restore of the latest state reads, against what it needs.
 *
 * @param txid the latest transaction
 * @param objects how many objects are read
 * @param snapshot bytes of the snapshot
 * @param delta bytes of the delta, 0 without one
 * @param log bytes of segments and packs
 * @param changed bytes that a delta of all pages changed since the snapshot would have now
 */
record RestoreBytes(long txid, int objects, long snapshot, long delta, long log, long changed) {

  /** Plans a restore; nothing must be committed meanwhile, and everything be shipped. */
  static RestoreBytes measure(SimulatedAgent agent, Path first, Path directory)
      throws IOException, SQLException {
    RestorePlan plan;
    try (ObjectStore store = agent.look()) {
      plan = new RestorePlanner(store).plan(RestoreTarget.latest());
    }
    Path copy = directory.resolve("now.db");
    Files.deleteIfExists(copy);
    agent.copyTo(copy);
    long delta = bytes(plan, ObjectKind.DELTA);
    long snapshot = bytes(plan, ObjectKind.SNAPSHOT);
    return new RestoreBytes(
        plan.target().txid(),
        plan.objects().size(),
        snapshot,
        delta,
        plan.totalBytes() - snapshot - delta,
        ChangedPages.bytes(first, copy));
  }

  private static long bytes(RestorePlan plan, ObjectKind kind) {
    return plan.objects().stream()
        .filter(o -> o.object().name().kind() == kind)
        .mapToLong(PlannedObject::bytes)
        .sum();
  }

  /** Returns what is read as a multiple of snapshot and changed pages. */
  double ratio() {
    return (double) (snapshot + delta + log) / (snapshot + changed);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "transaction %d: %d objects, snapshot %.1f MB, delta %.1f MB, log %.1f MB; changed pages"
            + " %.1f MB; ratio %.2f",
        txid,
        objects,
        snapshot / 1e6,
        delta / 1e6,
        log / 1e6,
        changed / 1e6,
        ratio());
  }
}
