package dev.sidewal.sqlite;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What a check of a database found.
 *
 * @param full whether it was {@code integrity_check}; else {@code quick_check}
 * @param rulesChecked whether CHECK constraints were checked: SQLite does not where it may not
 *     write
 * @param facts what the file says of itself
 * @param problems what SQLite finds wrong; immutable
 * @param more whether there are more problems than are listed
 * @param foreignKeysChecked whether foreign keys were checked
 * @param foreignKeys the rows that refer to nothing; immutable
 * @param read how long the database was being read in one transaction
 */
public record CheckReport(
    boolean full,
    boolean rulesChecked,
    DatabaseFacts facts,
    List<CheckProblem> problems,
    boolean more,
    boolean foreignKeysChecked,
    List<ForeignKeyViolation> foreignKeys,
    Duration read) {

  /** Takes copies of the lists. */
  public CheckReport {
    Objects.requireNonNull(facts, "facts");
    Objects.requireNonNull(read, "read");
    problems = List.copyOf(problems);
    foreignKeys = List.copyOf(foreignKeys);
  }

  /** The verdicts, the worst first. */
  public enum Verdict {
    /** Rows, or the schema, cannot be read as they were written. */
    DAMAGED,
    /** Only indexes are wrong: the tables have everything. */
    INDEXES_DAMAGED,
    /** Only the accounts of free pages are wrong: the tables and indexes have everything. */
    SPACE_DAMAGED,
    /** SQLite alone could not check all of it. */
    UNCHECKED,
    /** The file is sound, but rows break rules of their own tables. */
    RULES_VIOLATED,
    /** The file is sound, but rows refer to rows that are not there. */
    FOREIGN_KEYS_VIOLATED,
    /** Nothing is wrong. */
    OK
  }

  /** Returns the verdict: the worst thing that was found. */
  public Verdict verdict() {
    return problems.stream()
        .map(p -> verdict(p.kind()))
        .sorted()
        .findFirst()
        .orElse(foreignKeys.isEmpty() ? Verdict.OK : Verdict.FOREIGN_KEYS_VIOLATED);
  }

  private static Verdict verdict(CheckProblem.Kind kind) {
    return switch (kind) {
      case DATA -> Verdict.DAMAGED;
      case INDEX -> Verdict.INDEXES_DAMAGED;
      case SPACE -> Verdict.SPACE_DAMAGED;
      case RULE -> Verdict.RULES_VIOLATED;
      case UNCHECKED -> Verdict.UNCHECKED;
    };
  }

  /** Returns the same with other facts. */
  public CheckReport withFacts(DatabaseFacts value) {
    return new CheckReport(
        full, rulesChecked, value, problems, more, foreignKeysChecked, foreignKeys, read);
  }

  /** Returns the name of SQLite's check that was done. */
  public String pragma() {
    return full ? "integrity_check" : "quick_check";
  }
}
