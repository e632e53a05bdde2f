package dev.sidewal.forensics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.cli.CliRun;
import dev.sidewal.error.ExitCode;
import dev.sidewal.flow.Databases;
import dev.sidewal.tables.FollowedDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.Collation;

/** What differs between two databases, held against what comes of reading both row by row. */
final class DatabaseDiffTest {

  /**
   * The table, the expression that is its key in plain SQL, and the columns that can be written.
   */
  private record Kind(String create, String key, List<String> columns) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("CREATE TABLE %s(a, b)", "rowid", List.of("a", "b")),
          new Kind(
              "CREATE TABLE %s(id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b REAL,"
                  + " g AS (a || b))",
              "id", List.of("id", "a", "b")),
          new Kind(
              "CREATE TABLE %s(k TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, a NUMERIC)",
              "lower(k)", List.of("k", "a")),
          new Kind(
              "CREATE TABLE %s(k, l, a, PRIMARY KEY(l, k)) WITHOUT ROWID",
              "quote(l) || quote(k)", List.of("k", "l", "a")),
          new Kind("CREATE TABLE %s(a ANY, b ANY) STRICT", "rowid", List.of("a", "b")),
          new Kind("CREATE TABLE %s(rowid, oid, _rowid_)", "", List.of("rowid", "oid", "_rowid_")));

  @TempDir Path dir;

  private static String value(Random random) {
    String[] values = {
      "NULL",
      "1",
      "1.0",
      "'1'",
      "x'31'",
      "'a'",
      "'A'",
      "'ä'",
      "0",
      "''",
      "x''",
      "1e300",
      "-1",
      "9007199254740993",
      "'it''s'",
      "'a' || char(0) || 'b'",
      "1e999"
    };
    return values[random.nextInt(values.length)];
  }

  private static String key(Random random) {
    return random.nextBoolean() ? "'k" + random.nextInt(20) + "'" : "'K" + random.nextInt(20) + "'";
  }

  private static String insert(Random random, Kind kind, String table) {
    List<String> values = new ArrayList<>();
    for (String column : kind.columns()) {
      values.add(
          column.equals("id")
              ? Integer.toString(random.nextInt(40))
              : column.equals("k") || column.equals("l") ? key(random) : value(random));
    }
    return "INSERT OR IGNORE INTO %s(%s) VALUES(%s)"
        .formatted(table, String.join(",", kind.columns()), String.join(",", values));
  }

  private static String change(Random random, Kind kind, String table) {
    String any = " WHERE %s IN (SELECT %s FROM %s ORDER BY random() LIMIT 1)";
    String by = kind.columns().get(0);
    String where = any.formatted(by, by, table);
    return switch (random.nextInt(4)) {
      case 0 -> "DELETE FROM " + table + where;
      case 1, 2 -> {
        List<String> values =
            kind.columns().stream().filter(c -> !List.of("id", "k", "l").contains(c)).toList();
        String column = values.get(random.nextInt(values.size()));
        yield "UPDATE OR IGNORE " + table + " SET " + column + " = " + value(random) + where;
      }
      default -> insert(random, kind, table);
    };
  }

  private static Map<String, List<String>> read(Path database, Kind kind, String table)
      throws Exception {
    StringBuilder row = new StringBuilder();
    for (String column : kind.columns()) {
      row.append(row.length() == 0 ? "" : " || '|' || ");
      row.append("typeof(%s) || hex(%s) || quote(%s)".formatted(column, column, column));
    }
    Map<String, List<String>> rows = new TreeMap<>();
    String sql =
        "SELECT %s, %s FROM %s".formatted(kind.key().isEmpty() ? "''" : kind.key(), row, table);
    try (Connection c = Databases.open(database);
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      while (r.next()) {
        String key = kind.key().isEmpty() ? r.getString(2) : r.getString(1);
        rows.computeIfAbsent(key, k -> new ArrayList<>()).add(r.getString(2));
      }
    }
    return rows;
  }

  /** Collects what is told. */
  private static final class Told implements DiffSink {
    final List<String> schema = new ArrayList<>();
    final Map<String, TableDiff> tables = new LinkedHashMap<>();
    final Map<String, List<RowDiff>> rows = new LinkedHashMap<>();

    @Override
    public void schema(SchemaChange change) {
      schema.add(String.join("|", change.type(), change.name(), change.change(), change.detail()));
    }

    @Override
    public void table(TableDiff table) {
      tables.put(table.table(), table);
    }

    @Override
    public void row(String table, RowDiff row) {
      rows.computeIfAbsent(table, t -> new ArrayList<>()).add(row);
    }

    long count(String table, RowDiff.Change change) {
      return rows.getOrDefault(table, List.of()).stream()
          .filter(r -> r.change() == change)
          .mapToLong(RowDiff::count)
          .sum();
    }
  }

  private static Told diff(Path a, Path b) {
    Told told = new Told();
    new DatabaseDiff(a, b).run(new DiffRequest(List.of(), 1000), told);
    return told;
  }

  @Test
  void randomChangesAreFoundAsReadingRowByRowFindsThem() throws Exception {
    long seed = Long.getLong("seed", new Random().nextLong());
    System.out.println("DatabaseDiffTest -Dseed=" + seed);
    Random random = new Random(seed);
    Path a = dir.resolve("a.db");
    Path b = dir.resolve("b.db");
    for (int round = 0; round < Integer.getInteger("sidewal.diff.rounds", 5); round++) {
      Files.deleteIfExists(a);
      Files.deleteIfExists(b);
      List<String> sql = new ArrayList<>();
      sql.add("PRAGMA page_size=" + (512 << random.nextInt(4)));
      sql.add("BEGIN");
      for (int k = 0; k < KINDS.size(); k++) {
        sql.add(KINDS.get(k).create().formatted("t" + k));
        for (int i = random.nextInt(60); i > 0; i--) {
          sql.add(insert(random, KINDS.get(k), "t" + k));
        }
      }
      sql.add("COMMIT");
      Databases.run(a, sql.toArray(String[]::new));
      Files.copy(a, b);
      List<String> changes = new ArrayList<>(List.of("BEGIN"));
      for (int k = 0; k < KINDS.size(); k++) {
        if (random.nextInt(4) > 0) {
          for (int i = random.nextInt(12); i > 0; i--) {
            changes.add(change(random, KINDS.get(k), "t" + k));
          }
        }
      }
      changes.add("COMMIT");
      Databases.run(b, changes.toArray(String[]::new));
      if (random.nextInt(4) == 0) {
        // Every page is another one then, and no row; only where rowids stay.
        Path vacuumed = dir.resolve("vacuumed.db");
        Databases.run(b, "VACUUM INTO '" + vacuumed + "'");
        Files.move(vacuumed, b, StandardCopyOption.REPLACE_EXISTING);
      }
      Told told = diff(a, b);
      for (int k = 0; k < KINDS.size(); k++) {
        assertAsRead("seed " + seed + " round " + round + " t" + k, told, a, b, k);
      }
    }
  }

  private void assertAsRead(String what, Told told, Path a, Path b, int k) throws Exception {
    Map<String, List<String>> before = read(a, KINDS.get(k), "t" + k);
    Map<String, List<String>> after = read(b, KINDS.get(k), "t" + k);
    long inserted = 0;
    long deleted = 0;
    long updated = 0;
    TreeSet<String> keys = new TreeSet<>(before.keySet());
    keys.addAll(after.keySet());
    for (String key : keys) {
      List<String> x = before.getOrDefault(key, List.of());
      List<String> y = after.getOrDefault(key, List.of());
      inserted += Math.max(0, y.size() - x.size());
      deleted += Math.max(0, x.size() - y.size());
      updated += x.size() == 1 && y.size() == 1 && !x.equals(y) ? 1 : 0;
    }
    TableDiff diff = told.tables.get("t" + k);
    assertThat(List.of(diff.inserted(), diff.deleted(), diff.updated()))
        .as(what + " " + diff)
        .containsExactly(inserted, deleted, updated);
    assertThat(told.count("t" + k, RowDiff.Change.INSERTED)).as(what).isEqualTo(inserted);
    assertThat(told.count("t" + k, RowDiff.Change.DELETED)).as(what).isEqualTo(deleted);
    assertThat(told.count("t" + k, RowDiff.Change.UPDATED)).as(what).isEqualTo(updated);
    boolean same = inserted + deleted + updated == 0;
    assertThat(diff.outcome())
        .as(what)
        .isEqualTo(same ? TableDiff.Outcome.SAME : TableDiff.Outcome.CHANGED);
  }

  @Test
  void schemasKeysAndVirtualTables() throws Exception {
    Path a = dir.resolve("a.db");
    Path b = dir.resolve("b.db");
    Databases.run(
        a,
        "CREATE TABLE users(id INTEGER PRIMARY KEY, name)",
        "INSERT INTO users VALUES(1, 'x'), (2, 'y')",
        "CREATE TABLE gone(v)",
        "INSERT INTO gone VALUES(1), (2)",
        "CREATE TABLE rekeyed(k TEXT PRIMARY KEY, v) WITHOUT ROWID",
        "INSERT INTO rekeyed VALUES('a', 1), ('b', 2)",
        "CREATE TABLE nulls(k TEXT PRIMARY KEY, v)",
        "INSERT INTO nulls VALUES(NULL, 1), (NULL, 2), ('a', 3)",
        "CREATE TABLE cases(k TEXT PRIMARY KEY COLLATE NOCASE NOT NULL, v COLLATE NOCASE)",
        "INSERT INTO cases VALUES('a', 'b'), ('c', 'd'), ('e', 'f')",
        "CREATE VIRTUAL TABLE ft USING fts5(t)",
        "INSERT INTO ft VALUES('hello')",
        "CREATE INDEX i ON users(name)");
    Files.copy(a, b);
    Databases.run(
        b,
        "ALTER TABLE users ADD COLUMN age INT",
        "UPDATE users SET age = 3",
        "UPDATE users SET name = hex(zeroblob(500)) WHERE id = 2",
        "DROP TABLE gone",
        "CREATE TABLE \"new one\"(v)",
        "INSERT INTO \"new one\" VALUES(7)",
        "DROP TABLE rekeyed",
        "CREATE TABLE rekeyed(k TEXT, v PRIMARY KEY) WITHOUT ROWID",
        "INSERT INTO rekeyed VALUES('a', 1), ('b', 3)",
        "UPDATE nulls SET v = 9 WHERE v = 2",
        "UPDATE cases SET k = 'A' WHERE k = 'a'",
        "UPDATE cases SET v = 'D' WHERE k = 'c'",
        "INSERT INTO ft VALUES('world')",
        "DROP INDEX i",
        "CREATE VIEW w AS SELECT 1",
        "PRAGMA user_version=7");
    Told told = diff(a, b);
    assertThat(told.schema)
        .contains(
            "table|gone|dropped|",
            "index|i|dropped|",
            "table|new one|created|",
            "view|w|created|",
            "table|users|changed|column age added",
            "pragma|user_version|changed|0 -> 7")
        .hasSize(7);
    assertThat(told.tables.get("users").updated()).isEqualTo(1);
    RowDiff row = told.rows.get("users").get(0);
    assertThat(row.key())
        .hasToString("[Value[column=id, before=Optional[2], after=Optional.empty]]");
    assertThat(row.values()).hasSize(1);
    assertThat(row.values().get(0).after().orElseThrow())
        .isEqualTo("'" + "0".repeat(60) + "'... (1000 characters)");
    assertThat(told.tables.get("gone").outcome()).isEqualTo(TableDiff.Outcome.DROPPED);
    assertThat(told.tables.get("new one").outcome()).isEqualTo(TableDiff.Outcome.CREATED);
    assertThat(told.count("new one", RowDiff.Change.INSERTED)).isEqualTo(1);
    assertThat(told.tables.get("rekeyed").note()).contains("primary key was changed");
    assertThat(told.tables.get("rekeyed").inserted()).isEqualTo(1);
    assertThat(told.tables.get("nulls").note()).contains("NULLs");
    assertThat(told.tables.get("nulls").updated()).isEqualTo(1);
    assertThat(told.tables.get("cases").updated()).isEqualTo(2);
    assertThat(told.tables.get("ft").outcome()).isEqualTo(TableDiff.Outcome.SKIPPED);
    assertThat(told.tables.get("ft_content").inserted()).isEqualTo(1);
    assertThat(diff(b, b).tables.values())
        .allMatch(t -> t.outcome() == TableDiff.Outcome.SAME || t.table().equals("ft"));
  }

  /** What cannot be compared is not the same. */
  @Test
  void aKeyInAnOrderThatOnlyTheApplicationHas() throws Exception {
    Path a = dir.resolve("a.db");
    Path b = dir.resolve("b.db");
    for (Path path : List.of(a, b)) {
      try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + path)) {
        Collation.create(
            c,
            "application",
            new Collation() {
              @Override
              protected int xCompare(String x, String y) {
                return x.compareTo(y);
              }
            });
        try (Statement s = c.createStatement()) {
          s.execute("CREATE TABLE t(k TEXT COLLATE application PRIMARY KEY, v)");
          s.execute("INSERT INTO t VALUES('a', 1), ('b', " + (path.equals(a) ? 2 : 3) + ")");
        }
      }
    }
    Told told = new Told();
    boolean differs = new DatabaseDiff(a, b).run(new DiffRequest(List.of(), 0), told);
    assertThat(told.tables.get("t").outcome()).isEqualTo(TableDiff.Outcome.SKIPPED);
    assertThat(told.tables.get("t").note()).contains("no such collation sequence: application");
    assertThat(differs).isTrue();
  }

  @Test
  void theCommandComparesTransactionsOfAReplica() throws Exception {
    try (FollowedDatabase live =
        FollowedDatabase.create(
            dir,
            "CREATE TABLE users(id INTEGER PRIMARY KEY, name)",
            "CREATE TABLE still(v)",
            "INSERT INTO still VALUES(1)",
            "INSERT INTO users VALUES(1, 'ann'), (2, 'bob'), (3, 'cy')")) {
      long first = live.shipped();
      live.run(
          "BEGIN",
          "UPDATE users SET name = 'BOB' WHERE id = 2",
          "DELETE FROM users WHERE id = 3",
          "INSERT INTO users VALUES(5, x'00ff')",
          "COMMIT");
      long last = live.shipped();
      String from = "--from-txid=" + first;
      CliRun run = CliRun.live("diff", live.url(), from, "--rows").succeeded();
      assertThat(run.out())
          .startsWith("from transaction " + first + " of ")
          .contains(
              " to transaction " + last + " of ",
              "         1          1          1            3            3  users\n",
              "\nusers\n  - id=3  name='cy'\n  ~ id=2  name: 'bob' -> 'BOB'\n  + id=5 "
                  + " name=X'00FF'\n\n1 table is the same\n");
      assertThat(CliRun.live("diff", live.url(), from, "--limit=1").succeeded().out())
          .contains("  - id=3  name='cy'\n  ... and 2 more (--limit is 1)\n");
      assertThat(CliRun.live("diff", live.url(), from, "--to-txid=" + first).succeeded().out())
          .endsWith("nothing differs\n2 tables are the same\n");
      assertThat(CliRun.live("diff", live.url(), from, "--exit-code").code())
          .isEqualTo(ExitCode.VERIFICATION_FAILED.code());
      CliRun.live("diff", live.url(), "--from=now", "--exit-code").succeeded();
      CliRun.live("diff", live.url(), from, "--table=nosuch", "--json");
      live.run("INSERT INTO still VALUES(2)");
      List<JsonNode> lines = new ArrayList<>();
      for (String line :
          CliRun.live(
                  "diff",
                  live.url(),
                  "--from-txid=" + last,
                  "--against=" + live.path(),
                  "--rows",
                  "--json")
              .succeeded()
              .out()
              .lines()
              .toList()) {
        lines.add(new ObjectMapper().readTree(line));
      }
      assertThat(lines).hasSize(4);
      assertThat(lines.get(2).get("inserted").asLong()).isEqualTo(1);
      assertThat(lines.get(3).toString())
          .isEqualTo(
              "{\"kind\":\"row\",\"table\":\"still\",\"change\":\"inserted\",\"count\":1,"
                  + "\"key\":{\"rowid\":\"2\"},\"before\":{},\"after\":{\"v\":\"2\"}}");
    }
  }
}
