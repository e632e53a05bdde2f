package dev.sidewal.forensics;

import java.util.List;
import java.util.Objects;

/**
 * How a table differs between two moments.
 *
 * @param table its name
 * @param outcome what was found
 * @param rowsBefore how many rows it had; 0 if it was not there
 * @param rowsAfter how many it has; 0 if it is gone
 * @param inserted rows whose key is new
 * @param deleted rows whose key is gone
 * @param updated rows of the same key with another value
 * @param key the columns by which rows are the same; {@code rowid} among them; empty if rows are
 *     compared as a whole, and then none counts as updated
 * @param note what else there is to know; may be empty
 */
public record TableDiff(
    String table,
    Outcome outcome,
    long rowsBefore,
    long rowsAfter,
    long inserted,
    long deleted,
    long updated,
    List<String> key,
    String note) {

  /** What was found. */
  public enum Outcome {
    /** It has the same rows. */
    SAME,
    /** It has other rows. */
    CHANGED,
    /** It was not there before. */
    CREATED,
    /** It is gone. */
    DROPPED,
    /** It was not compared; the note says why. */
    SKIPPED
  }

  /** Takes a copy of the list. */
  public TableDiff {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(note, "note");
    key = List.copyOf(key);
  }

  /** A table that was not compared. */
  static TableDiff skipped(String table, String why) {
    return new TableDiff(table, Outcome.SKIPPED, 0, 0, 0, 0, 0, List.of(), why);
  }

  /** A table whose rows are the same. */
  static TableDiff same(String table) {
    return new TableDiff(table, Outcome.SAME, 0, 0, 0, 0, 0, List.of(), "");
  }
}
