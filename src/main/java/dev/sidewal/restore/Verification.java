package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.NoBackupException;
import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.replica.Timeline;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * Verifies replicas. Nothing in the replica is changed, and nothing is left on the local disk. What
 * is wrong with the replica is in the report, all of it; only what keeps the verification from
 * being done is thrown. Safe for use by several threads.
 */
public final class Verification {

  private final Clock clock;
  private final RandomGenerator random;

  /**
   * Creates a verification.
   *
   * @param clock measures how long it takes
   * @param random names temporary files
   */
  public Verification(Clock clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /** Removes what verifications of a replica left in a directory because they were killed. */
  public static void removeLeftovers(ObjectStore store, Path directory) throws IOException {
    RestoreDrill.removeLeftovers(store, directory);
  }

  /**
   * Verifies a replica. Blocks; an interrupt ends it early.
   *
   * <ul>
   *   <li>{@link NoBackupException} if nothing was ever recorded there
   *   <li>{@link HistoryDamagedException} if not even the listing can be understood
   *   <li>{@link dev.sidewal.error.TargetUnavailableException} if the moment lies outside of the
   *       history
   *   <li>{@link dev.sidewal.error.StoreException} if the store is unreachable or refuses
   *   <li>{@link dev.sidewal.error.NoRoomException} if there is no room for the temporary file
   *   <li>{@link dev.sidewal.error.DatabaseException} if the live database cannot be read
   * </ul>
   */
  public VerifyReport verify(VerifyRequest request) {
    Instant start = clock.instant();
    ObjectStore store = request.store();
    Timeline timeline = Timeline.load(store);
    if (timeline.isEmpty()) {
      throw new NoBackupException(
          "There is no backup at "
              + store.location()
              + ": the store answered, and no transaction was ever recorded there. Check the URL.");
    }
    List<Finding> findings = new ArrayList<>();
    int objects = 0;
    long bytes = 0;
    if (request.level() == VerifyLevel.OBJECTS) {
      ObjectsCheck check =
          new ObjectsCheck(store, timeline, request.parallelism(), request.progress());
      findings.addAll(check.run());
      timeline = check.timeline();
      objects = check.objects();
      bytes = check.bytes();
    }
    findings.addAll(0, ListCheck.check(timeline));
    Optional<RestorePlan> restored = Optional.empty();
    Optional<LiveVerdict> live = Optional.empty();
    if (request.against().isPresent()) {
      try (LiveComparison comparison = begin(request, request.against().get())) {
        OptionalLong same = comparison.awaitTransaction(request.patience());
        RestoreTarget target =
            same.isPresent() ? RestoreTarget.txid(same.getAsLong()) : RestoreTarget.latest();
        restored = restore(request, target, comparison::compare, findings);
        comparison.finding(timeline).ifPresent(findings::add);
        live = comparison.verdict();
      } catch (HistoryDamagedException e) {
        findings.add(Finding.of(Finding.Kind.NOT_RESTORED, e.getMessage()));
      }
    } else if (request.level() == VerifyLevel.RESTORE) {
      restored = restore(request, request.target(), (file, plan) -> {}, findings);
    }
    return new VerifyReport(
        request.level(),
        timeline,
        findings,
        objects,
        bytes,
        restored,
        live,
        Duration.between(start, clock.instant()));
  }

  private LiveComparison begin(VerifyRequest request, Path database) {
    try {
      return LiveComparison.begin(
          request.store(), database, request.scratch().get(0), clock, request.rows());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<RestorePlan> restore(
      VerifyRequest request, RestoreTarget target, RestoreDrill.Look look, List<Finding> findings) {
    RestoreDrill drill =
        new RestoreDrill(request.store(), request.parallelism(), request.progress(), random);
    try {
      RestoreDrill.Restored restored = drill.run(target, request.scratch(), look);
      if (!restored.foreignKeys().isEmpty()) {
        findings.add(
            Finding.of(
                request.foreignKeys() ? Finding.Kind.FOREIGN_KEYS : Finding.Kind.UNUSED,
                "The database as of transaction "
                    + restored.plan().target().txid()
                    + " was restored exactly as it was recorded, but SQLite's foreign_key_check finds: "
                    + String.join("; ", restored.foreignKeys())
                    + ". The live database has these rows as well: mend them there. An application that"
                    + " does not switch foreign keys on can write them; if they are meant so, verify with"
                    + " --no-foreign-keys."));
      }
      return Optional.of(restored.plan());
    } catch (HistoryDamagedException e) {
      findings.add(Finding.of(Finding.Kind.NOT_RESTORED, e.getMessage()));
    } catch (VerificationFailedException e) {
      findings.add(Finding.of(Finding.Kind.WRONG_DATABASE, e.getMessage()));
    }
    return Optional.empty();
  }
}
