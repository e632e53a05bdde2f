package dev.sidewal.forensics;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A row that differs between two moments. Values are SQL literals, long ones shortened.
 *
 * @param change what became of it
 * @param key what identifies it: the values of its key before, or of a new row its own; empty if
 *     rows are compared as a whole
 * @param values of a row that was updated the columns that changed, of others all
 * @param count how many such rows there are; more than 1 only where rows are compared as a whole
 */
public record RowDiff(Change change, List<Value> key, List<Value> values, long count) {

  /** What became of a row. */
  public enum Change {
    /** It is new. */
    INSERTED,
    /** It is gone. */
    DELETED,
    /** Another value. */
    UPDATED
  }

  /**
   * A value of a column.
   *
   * @param column the column
   * @param before what it was
   * @param after what it is
   */
  public record Value(String column, Optional<String> before, Optional<String> after) {
    /** Refuses what is missing. */
    public Value {
      Objects.requireNonNull(column, "column");
      Objects.requireNonNull(before, "before");
      Objects.requireNonNull(after, "after");
    }
  }

  /** Takes copies of the lists. */
  public RowDiff {
    Objects.requireNonNull(change, "change");
    key = List.copyOf(key);
    values = List.copyOf(values);
  }
}
