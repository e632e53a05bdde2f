package dev.sidewal.sqlite;

import java.util.List;
import java.util.Objects;

/**
 * Rows of one table that refer by one foreign key to rows that are not there.
 *
 * @param table the table with the rows
 * @param parent the table that they refer to
 * @param columns the columns of the key, in the table that refers; immutable
 * @param rows how many rows; 0 if the key itself cannot be checked
 * @param rowids the first few of them; none if the table is WITHOUT ROWID; immutable
 * @param message what SQLite says if the key itself cannot be checked, else empty
 */
public record ForeignKeyViolation(
    String table,
    String parent,
    List<String> columns,
    long rows,
    List<Long> rowids,
    String message) {

  /** Takes copies of the lists. */
  public ForeignKeyViolation {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(parent, "parent");
    Objects.requireNonNull(message, "message");
    columns = List.copyOf(columns);
    rowids = List.copyOf(rowids);
  }

  /** Returns one line for people. */
  public String text() {
    if (!message.isEmpty()) {
      return "the foreign keys of " + table + " cannot be checked: " + message;
    }
    return (rows == 1 ? "1 row refers" : rows + " rows refer")
        + " from "
        + table
        + " to "
        + parent
        + " to nothing";
  }
}
