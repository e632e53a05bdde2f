package dev.sidewal.restore;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.fault.CrashPoint;
import dev.sidewal.segment.Transaction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Carries restores out. Safe for use by several threads.
 *
 * <p>Invariant: the file under the target's name is either untouched or complete, verified and
 * durable. Everything happens in a temporary file; the last step is a rename.
 */
public final class Restorer {

  private final Clock clock;
  private final RandomGenerator random;

  /**
   * Creates a restorer.
   *
   * @param clock measures how long restores take
   * @param random names temporary files
   */
  public Restorer(Clock clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /**
   * Restores a database. When this returns, the file is complete, verified and durable under its
   * name; when it throws, what was under that name is as it was before. Blocks; an interrupt ends
   * it early.
   *
   * <p>Throws what {@link RestorePlanner} throws, and
   *
   * <ul>
   *   <li>{@link dev.sidewal.error.WouldOverwriteException} if the file is there
   *   <li>{@link dev.sidewal.error.VerificationFailedException} if what came out is not what was
   *       recorded
   *   <li>{@link DatabaseException} if the file cannot be written, there is not enough space, or
   *       the file to be replaced is in use
   *   <li>{@link dev.sidewal.error.UsageException} if the output is not a name for a file
   * </ul>
   */
  public RestoreResult restore(RestoreRequest request) {
    Instant start = clock.instant();
    Path output = resolve(request.output());
    try (ReplacedDatabase replaced = ReplacedDatabase.examine(output, request.force(), random)) {
      List<String> warnings = new ArrayList<>();
      RestorePlan plan = restore(request, output, replaced, warnings);
      return result(
          plan, request, Duration.between(start, clock.instant()), warnings, replaced.unseen());
    }
  }

  private RestorePlan restore(
      RestoreRequest request, Path output, ReplacedDatabase replaced, List<String> warnings) {
    return PlannedWork.run(
        request.store(),
        request.target(),
        plan -> {
          warnings.clear();
          carryOut(request, plan, output, replaced, warnings);
        });
  }

  private void carryOut(
      RestoreRequest request,
      RestorePlan plan,
      Path output,
      ReplacedDatabase replaced,
      List<String> warnings)
      throws IOException {
    try (OutputFile file = OutputFile.create(output, random)) {
      file.setLength(plan.databaseBytes());
      RestoreEngine.run(request.store(), plan, file, request.parallelism(), request.progress());
      file.force();
      verify(request, plan, file);
      replaced
          .ownership()
          .ifPresent(o -> warnings.addAll(o.keepFor(file.temporary(), request.owner())));
      FileAttributes.apply(
          file.temporary(),
          request.owner(),
          request.mode().or(replaced::mode).or(file::newFileMode));
      file.force();
      CrashPoint.RESTORE_VERIFIED.reached();
      if (request.force()) {
        replaced.prepare();
      } else {
        // Somebody may have made the file while the restore ran.
        ReplacedDatabase.examine(output, false, random);
      }
      file.publish(request.force());
    }
  }

  private static void verify(RestoreRequest request, RestorePlan plan, OutputFile file) {
    if (request.check() == RestoreCheck.NONE) {
      return;
    }
    DatabaseVerifier.checksum(file, plan, request.progress());
    if (request.check() != RestoreCheck.CHECKSUM) {
      DatabaseVerifier.sqlite(
          file.temporary(), plan, request.check() == RestoreCheck.FULL, false, request.progress());
      file.lockAgain();
    }
  }

  private static RestoreResult result(
      RestorePlan plan,
      RestoreRequest request,
      Duration duration,
      List<String> warnings,
      List<String> unseen) {
    Transaction target = plan.target();
    return new RestoreResult(
        target.txid(),
        target.time(),
        target.databasePages(),
        plan.pageSize(),
        plan.databaseBytes(),
        target.checksum(),
        plan.objects().size(),
        plan.totalBytes(),
        duration,
        request.output(),
        plan.coarse(),
        warnings,
        unseen);
  }

  /** Follows a symbolic link: the file that it names is replaced, not the link. */
  private static Path resolve(Path output) {
    try {
      Path file = output.toAbsolutePath();
      if (Files.isSymbolicLink(file) && Files.exists(file)) {
        return file.toRealPath();
      }
      return file;
    } catch (IOException e) {
      throw new DatabaseException("Could not follow the link " + output + ": " + e + ".", e);
    }
  }
}
