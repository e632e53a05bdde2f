package dev.sidewal.restore;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.sqlite.CheckOptions;
import dev.sidewal.sqlite.CheckProblem;
import dev.sidewal.sqlite.CheckReport;
import dev.sidewal.sqlite.DatabaseCheck;
import dev.sidewal.sqlite.ForeignKeyViolation;
import dev.sidewal.sqlite.PageHash;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Proves that a restored file is what was recorded, before it gets its name. */
final class DatabaseVerifier {

  private static final int READ_BYTES = 1 << 20;
  private static final int MAX_PROBLEMS = 10;

  private DatabaseVerifier() {}

  /** Reads the file back and compares the database checksum with the recorded one. */
  static void checksum(OutputFile file, RestorePlan plan, RestoreProgress progress) {
    int pageSize = plan.pageSize();
    long lockByteOffset = (LockBytePage.number(pageSize) - 1) * pageSize;
    byte[] buffer = new byte[READ_BYTES];
    long checksum = 0;
    for (long at = 0; at < file.length(); at += buffer.length) {
      int n = (int) Math.min(buffer.length, file.length() - at);
      file.read(at, buffer, n);
      for (int i = 0; i < n; i += pageSize) {
        if (at + i != lockByteOffset) {
          checksum ^= PageHash.hash((at + i) / pageSize + 1, buffer, i, pageSize);
        }
      }
      progress.progress(RestoreProgress.Phase.VERIFYING, at + n, file.length());
    }
    if (checksum != plan.target().checksum()) {
      throw new VerificationFailedException(
          String.format(
              Locale.ROOT,
              "The restored file is not the database as of transaction %d in %s: its checksum is"
                  + " %016x, recorded was %016x. Every object that was read is undamaged in itself,"
                  + " so either the history was recorded wrongly or this machine's memory or disk is"
                  + " at fault. Nothing was put in place. Try another machine; another transaction"
                  + " may be right. Objects used: %s.",
              plan.target().txid(),
              plan.location(),
              checksum,
              plan.target().checksum(),
              names(plan)));
    }
  }

  private static String names(RestorePlan plan) {
    int n = plan.objects().size();
    return plan.objects().get(0).key()
        + (n == 1 ? "" : " to " + plan.objects().get(n - 1).key() + " (" + n + ")");
  }

  /**
   * Lets SQLite check the file, which is not changed; all locks that this process holds on it are
   * dropped.
   *
   * @return a line for each foreign key that leads nowhere, with the number of rows; empty if none
   *     does, or none was to be checked
   * @throws VerificationFailedException if SQLite finds anything else wrong
   */
  static List<String> sqlite(
      Path file, RestorePlan plan, boolean full, boolean foreignKeys, RestoreProgress progress) {
    progress.progress(RestoreProgress.Phase.CHECKING, 0, plan.databaseBytes());
    CheckOptions options =
        (full ? CheckOptions.FULL : CheckOptions.QUICK)
            .withForeignKeys(foreignKeys)
            .withLimit(MAX_PROBLEMS);
    try {
      CheckReport report = DatabaseCheck.still(file, options);
      if (report.problems().isEmpty()) {
        return report.foreignKeys().stream().map(ForeignKeyViolation::text).toList();
      }
      throw new VerificationFailedException(
          message(
              plan,
              options.pragma(),
              report.problems().stream()
                      .map(p -> "\n  " + p.message() + in(p))
                      .collect(Collectors.joining())
                  + (report.more() ? "\n  and more" : "")));
    } catch (DatabaseException e) {
      throw new VerificationFailedException(message(plan, options.pragma(), e.getMessage()), e);
    }
  }

  private static String in(CheckProblem problem) {
    return problem.object().isEmpty() || problem.message().contains(problem.object())
        ? ""
        : " (in " + problem.object() + ")";
  }

  private static String message(RestorePlan plan, String pragma, String problems) {
    return "The database as of transaction "
        + plan.target().txid()
        + " was restored exactly as it was recorded, but SQLite's "
        + pragma
        + " finds fault with it: "
        + problems
        + "\nSo the database was damaged already when that transaction was recorded. Nothing was put"
        + " in place. Restore an older transaction, or this one with --check checksum and repair"
        + " it.";
  }
}
