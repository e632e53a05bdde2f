package dev.sidewal.tables;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.sqlite.Sql;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The SQL text by which a schema remembers what is in it. SQLite writes its beginning itself, up to
 * the name ({@code CREATE UNIQUE INDEX }, {@code CREATE TRIGGER }), without IF NOT EXISTS and
 * without the database's name; from the name on it is the author's text.
 */
final class SchemaSql {

  private static final Pattern NAME =
      Pattern.compile(
          "(CREATE\\s+(?:UNIQUE\\s+)?(?:INDEX|TRIGGER)\\s+)"
              + "(\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\\[[^\\]]*\\]|[^\\s(\"'`\\[;]+)"
              + "(.*)",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final Pattern CONTENT =
      Pattern.compile(
          "[,(]\\s*content\\s*=\\s*(\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|`[^`]*`|\\[[^\\]]*\\]|[^\\s,)]*)",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern LANGUAGE =
      Pattern.compile(
          "[,(]\\s*languageid\\s*=\\s*(\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|`[^`]*`|\\[[^\\]]*\\]|[^\\s,)]*)",
          Pattern.CASE_INSENSITIVE);

  private SchemaSql() {}

  /** Returns the text of an index or a trigger with another name. */
  static String rename(String sql, String name) {
    Matcher m = NAME.matcher(sql);
    if (!m.matches()) {
      throw new DatabaseException(
          "Cannot find the name in what the moment's schema has: "
              + sql
              + ". Nothing was changed.");
    }
    return m.group(1) + Sql.name(name) + m.group(3);
  }

  /** Returns whether a virtual table does not keep the text that its rows are made of. */
  static boolean keepsNoContent(String sql) {
    return CONTENT.matcher(sql).find();
  }

  /** Returns whether the rows of a virtual table are made from those of a table. */
  static boolean takesContentFrom(String sql, String table) {
    Matcher m = CONTENT.matcher(sql);
    return m.find() && Names.same(unquoted(m.group(1)), table);
  }

  /**
   * Returns whether a hidden column of a virtual table is part of its rows: FTS4 has one for the
   * language ({@code languageid=}); all others are a way to ask.
   *
   * @see <a href="https://www.sqlite.org/fts3.html#the_languageid_option">languageid</a>
   */
  static boolean keepsHidden(String sql, String column) {
    Matcher m = LANGUAGE.matcher(sql);
    return m.find() && Names.same(unquoted(m.group(1)), column);
  }

  private static String unquoted(String name) {
    if (name.length() < 2 || "\"'`[".indexOf(name.charAt(0)) < 0) {
      return name;
    }
    String quote = name.substring(0, 1);
    return name.substring(1, name.length() - 1).replace(quote + quote, quote);
  }
}
