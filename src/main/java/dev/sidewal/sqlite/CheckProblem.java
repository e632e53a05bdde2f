package dev.sidewal.sqlite;

import java.util.Objects;

/**
 * One thing that SQLite finds wrong in a database.
 *
 * @param kind what kind of thing is wrong
 * @param object the table or index in which it is; empty if it is in none, or that cannot be told
 * @param message what SQLite says
 */
public record CheckProblem(Kind kind, String object, String message) {

  /** What is wrong, by what helps. */
  public enum Kind {
    /** The content of a table, of the schema or of the file as a whole: rows may be lost. */
    DATA,
    /** An index only: its table has everything, and {@code REINDEX} makes the index anew. */
    INDEX,
    /** The free list, or pages that nothing uses: space, no rows. {@code VACUUM} mends it. */
    SPACE,
    /** A row breaks a rule of its own table (NOT NULL, CHECK, a type): the file is sound. */
    RULE,
    /** SQLite alone cannot check it: an extension or a collation of the application is missing. */
    UNCHECKED
  }

  /** Checks that nothing is missing. */
  public CheckProblem {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(object, "object");
    Objects.requireNonNull(message, "message");
  }
}
