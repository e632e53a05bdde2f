package dev.sidewal.restore;

import java.util.List;
import java.util.Objects;

/**
 * How a restored database and the live one compare.
 *
 * @param outcome the verdict
 * @param txid the transaction that was restored and compared
 * @param behind how many transactions of its log the live database is ahead at least; 0 unless the
 *     outcome is {@link Outcome#AHEAD}
 * @param pages how many pages differ, without free ones
 * @param firstPages the first of those pages, at most a hundred; immutable
 * @param freePages how many pages of the free list differ: SQLite gives them no content
 * @param tables the tables and indexes in which pages differ; immutable
 * @param rows how many rows each table has; immutable, and empty unless that was asked for
 */
public record LiveVerdict(
    Outcome outcome,
    long txid,
    long behind,
    long pages,
    List<Long> firstPages,
    long freePages,
    List<Table> tables,
    List<Rows> rows) {

  /** Takes copies of the lists. */
  public LiveVerdict {
    Objects.requireNonNull(outcome, "outcome");
    firstPages = List.copyOf(firstPages);
    tables = List.copyOf(tables);
    rows = List.copyOf(rows);
  }

  /** The verdicts. */
  public enum Outcome {
    /** At one moment after the verification began, the live database was that transaction. */
    EQUAL,
    /** All that differs was written by the last transactions in the live database's log. */
    AHEAD,
    /** It is no transaction of the replica, and its log does not explain why. */
    DIFFERS
  }

  /**
   * A table or an index with pages that differ.
   *
   * @param name its name
   * @param pages how many of its pages differ
   * @param restoredRows rows in the restored database; -1 if it is no table, or cannot be counted
   * @param liveRows rows in the live database now; -1 if it is no table, or cannot be counted
   */
  public record Table(String name, long pages, long restoredRows, long liveRows) {}

  /**
   * How many rows a table has.
   *
   * @param name its name
   * @param restored rows in the restored database; -1 if it is not there, or cannot be counted
   * @param live rows in the live database when they were counted, after the comparison; -1 if it is
   *     not there, or cannot be counted
   */
  public record Rows(String name, long restored, long live) {}
}
