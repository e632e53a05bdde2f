package dev.sidewal.restore;

import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.sqlite.Connections;
import dev.sidewal.sqlite.PageHash;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Proves that a restored file is what was recorded, before it gets its name. */
final class DatabaseVerifier {

  private static final int READ_BYTES = 1 << 20;

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
   * Lets SQLite check the file; it is neither changed nor locked, and nothing appears beside it.
   */
  static void sqlite(Path file, RestorePlan plan, boolean full, RestoreProgress progress) {
    String pragma = full ? "integrity_check" : "quick_check";
    progress.progress(RestoreProgress.Phase.CHECKING, 0, plan.databaseBytes());
    StringBuilder problems = new StringBuilder();
    try (Connection connection = Connections.immutable(file);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA " + pragma + "(10)")) {
      while (rows.next()) {
        String row = rows.getString(1);
        if (!row.equals("ok")) {
          problems.append("\n  ").append(row);
        }
      }
    } catch (SQLException e) {
      throw new VerificationFailedException(message(plan, pragma, e.getMessage()), e);
    }
    if (problems.length() > 0) {
      throw new VerificationFailedException(message(plan, pragma, problems.toString()));
    }
  }

  /**
   * Returns what SQLite's {@code foreign_key_check} finds: a line for each table and what it refers
   * to, with the number of rows; empty if nothing.
   */
  static List<String> foreignKeys(Path file) {
    Map<String, Long> violations = new TreeMap<>();
    try (Connection connection = Connections.immutable(file);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA foreign_key_check")) {
      while (rows.next()) {
        violations.merge(rows.getString(1) + " to " + rows.getString(3), 1L, Long::sum);
      }
    } catch (SQLException e) {
      return List.of("the check itself fails: " + e.getMessage());
    }
    return violations.entrySet().stream()
        .map(v -> v.getValue() + " rows refer from " + v.getKey() + " to nothing")
        .toList();
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
