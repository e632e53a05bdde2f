package dev.sidewal.sqlite;

/** Pieces of SQL text. */
public final class Sql {

  private Sql() {}

  /** Returns a name as an identifier, quoted whatever it is. */
  public static String name(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** Returns a text literal. */
  public static String text(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
