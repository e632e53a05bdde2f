package dev.sidewal.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.UsageException;
import dev.sidewal.sqlite.Connections;
import dev.sidewal.sqlite.Sql;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is dumped is loaded by the {@code sqlite3} program and compared to the last bit. */
final class SqlDumpTest {

  private static final List<Object> SPECIAL =
      List.of(
          0L,
          1L,
          -1L,
          Long.MAX_VALUE,
          Long.MIN_VALUE,
          1L << 53,
          0.0,
          -0.0,
          0.1,
          0.1 + 0.2,
          1e22,
          Double.parseDouble("1e23"),
          Double.MIN_VALUE,
          -Double.MIN_NORMAL,
          Math.nextDown(Double.MIN_NORMAL),
          Double.MAX_VALUE,
          Double.POSITIVE_INFINITY,
          Double.NEGATIVE_INFINITY,
          0x1p53,
          1e308,
          1e-308,
          "",
          "it's",
          "''",
          "\"",
          "a\nb\n",
          "a\r\nb",
          "\r",
          "\\r",
          "\\r\r\\r0;\r",
          ".exit\n.quit\n",
          "\n.exit",
          "x;\n.exit\n",
          "go",
          "x\ngo\n/\n",
          "--",
          "/*",
          "a\0b",
          "\0",
          "\u001a",
          "\t",
          "é",
          "😀",
          "\uFEFFx",
          "\uFFFF",
          "\uFFFE",
          "COMMIT;\nROLLBACK;\n",
          "l".repeat(200_000),
          new byte[0],
          new byte[] {0},
          new byte[] {'\'', -1, 0, 13, 10});

  @TempDir Path dir;

  private Path source() {
    return dir.resolve("source.db");
  }

  private Connection open() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + source() + "?synchronous=OFF");
  }

  private void make(String... statements) throws SQLException {
    try (Connection c = open();
        Statement s = c.createStatement()) {
      for (String statement : statements) {
        s.execute(statement);
      }
    }
  }

  private static byte[] dump(Path database, SqlDump.Options options)
      throws SQLException, IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Connection c = Connections.immutable(database)) {
      SqlDump.Result result = SqlDump.write(c, out, List.of("a\ntest"), options, done -> {});
      assertThat(result.bytes()).isEqualTo(out.size());
      assertThat(out.toString(StandardCharsets.UTF_8))
          .startsWith("-- a?test\n")
          .endsWith(
              "COMMIT;\n-- end of dump: "
                  + (result.tables() == 1 ? "1 table, " : result.tables() + " tables, ")
                  + (result.rows() == 1 ? "1 row\n" : result.rows() + " rows\n"));
    }
    return out.toByteArray();
  }

  private static void sqlite3(Path database, byte[] script) throws Exception {
    Path input = database.resolveSibling(database.getFileName() + ".sql");
    Path output = database.resolveSibling(database.getFileName() + ".out");
    Files.write(input, script);
    Process process =
        new ProcessBuilder("sqlite3", "-batch", database.toString())
            .redirectInput(input.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("sqlite3 ended").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readString(output)).as("what sqlite3 says").isEmpty();
    assertThat(process.exitValue()).isZero();
  }

  /** Dumps, loads, compares, and dumps again. */
  private void check() throws Exception {
    byte[] text = dump(source(), SqlDump.Options.ALL);
    assertThat(dump(source(), SqlDump.Options.ALL)).as("the same again").isEqualTo(text);
    Path loaded = dir.resolve("loaded.db");
    Files.deleteIfExists(loaded);
    sqlite3(loaded, text);
    Map<String, List<String>> expected = DatabaseContents.of(source());
    Map<String, List<String>> actual = DatabaseContents.of(loaded);
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((what, rows) -> assertThat(actual.get(what)).as(what).isEqualTo(rows));
    assertThat(new String(dump(loaded, SqlDump.Options.ALL), StandardCharsets.UTF_8))
        .as("the dump of what was loaded")
        .isEqualTo(new String(text, StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "UTF-16le", "UTF-16be"})
  void valuesOfEveryKindStayWhatTheyAre(String encoding) throws Exception {
    make(
        "PRAGMA encoding='" + encoding + "'",
        "CREATE TABLE v(a)",
        "CREATE TABLE texts(a TEXT, b INTEGER, c NUMERIC, d REAL, e BLOB)",
        // Not valid in any of the encodings.
        "INSERT INTO v VALUES(CAST(X'61FFD800' AS TEXT)), (CAST(X'EDA080C0' AS TEXT)),"
            + " (CAST(X'D83DD83D' AS TEXT)), (CAST(X'C0AFF4908080' AS TEXT))");
    try (Connection c = open();
        PreparedStatement v = c.prepareStatement("INSERT INTO v VALUES(?)");
        PreparedStatement t = c.prepareStatement("INSERT INTO texts VALUES(?1,?1,?1,?1,?1)")) {
      c.setAutoCommit(false);
      for (Object value : SPECIAL) {
        v.setObject(1, value);
        v.execute();
        t.setObject(1, value);
        t.execute();
      }
      c.commit();
    }
    check();
  }

  @Test
  void realsStayTheSameToTheBit() throws Exception {
    long seed = Long.getLong("seed", new Random().nextLong());
    System.out.println("SqlDumpTest.realsStayTheSameToTheBit: -Dseed=" + seed);
    Random random = new Random(seed);
    make("CREATE TABLE v(a)");
    try (Connection c = open();
        PreparedStatement v = c.prepareStatement("INSERT INTO v VALUES(?)")) {
      c.setAutoCommit(false);
      for (int i = 0; i < Integer.getInteger("sidewal.dump.reals", 5000); i++) {
        double value =
            switch (i % 5) {
              case 0 -> Double.longBitsToDouble(random.nextLong());
              case 1 -> Double.longBitsToDouble(random.nextLong() >>> 12); // subnormal
              case 2 -> random.nextLong() / Math.pow(10, random.nextInt(30));
              case 3 -> Math.rint(random.nextDouble() * 1e9) / Math.pow(10, random.nextInt(9));
              default -> random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20);
            };
        v.setDouble(1, Double.isNaN(value) ? 1.5 : value);
        v.execute();
      }
      c.commit();
    }
    check();
  }

  @Test
  void commonNumbersAreReadable() {
    assertThat(
            List.of(0.1, 19.99, -0.5, 1e6, 0.1 + 0.2, Double.parseDouble("1e23"), 123456.789, 1e-7)
                .stream()
                .map(RealText::of))
        .containsExactly(
            "0.1",
            "19.99",
            "-0.5",
            "1000000.0",
            "0.30000000000000004",
            "9.999999999999999e+22",
            "123456.789",
            "0.0000001");
  }

  @Test
  void schemasOfEveryKindStayWhatTheyAre() throws Exception {
    make(
        "PRAGMA page_size=1024",
        "PRAGMA auto_vacuum=2",
        "PRAGMA user_version=-7",
        "PRAGMA application_id=252006674",
        "CREATE TABLE \"\"(\"\")",
        "INSERT INTO \"\" VALUES(1)",
        "CREATE TABLE \"qu\"\"ote d'é\"(\"select\" /* ' */, -- it's\n \"a;b\" DEFAULT 'x''y')",
        "INSERT INTO \"qu\"\"ote d'é\"(rowid, \"select\") VALUES(-5,1),(0,2),(1,3),(2,4),(9,5),"
            + "(10,6),(9223372036854775807,7)",
        "CREATE TABLE hides(rowid TEXT, oid)",
        "INSERT INTO hides(_rowid_, rowid) VALUES(77, 'a')",
        "CREATE TABLE notalias(a INTEGER PRIMARY KEY DESC, b)",
        "INSERT INTO notalias(rowid, a) VALUES(4, 40), (9, 10)",
        "CREATE TABLE auto(id INTEGER PRIMARY KEY AUTOINCREMENT, x)",
        "INSERT INTO auto(x) VALUES(1),(2),(3)",
        "DELETE FROM auto WHERE id > 1",
        "CREATE TABLE wr(a, b, c, PRIMARY KEY(c, a)) WITHOUT ROWID",
        "INSERT INTO wr VALUES(1,2,3),(X'00','t',1.5)",
        "CREATE TABLE st(a INT, b ANY, c TEXT) STRICT",
        "INSERT INTO st VALUES(1, '2', '3'), (NULL, 2, 'x')",
        "CREATE TABLE gen(a, b AS (a+1), c, d AS (a*2) STORED)",
        "INSERT INTO gen VALUES(1, 5)",
        "ALTER TABLE gen ADD COLUMN later TEXT DEFAULT 'was not there'",
        "CREATE TABLE child(p REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE parent(id INTEGER PRIMARY KEY, c REFERENCES child(p))",
        "INSERT INTO child VALUES(1), (99)",
        "INSERT INTO parent VALUES(1, 1)",
        "CREATE UNIQUE INDEX ix ON auto(x DESC, x COLLATE NOCASE, abs(x)) WHERE x > 0",
        "CREATE VIEW second AS SELECT * FROM first",
        "CREATE VIEW first AS SELECT 1 AS a -- not the end;",
        "CREATE VIEW lost AS SELECT * FROM nowhere",
        "CREATE TRIGGER tr AFTER INSERT ON auto BEGIN\n DELETE FROM child; -- END;\n SELECT ';';\nEND",
        "CREATE TRIGGER vt INSTEAD OF INSERT ON first BEGIN SELECT 1; END",
        "ANALYZE");
    check();
  }

  @Test
  void aSequenceOutlivesItsTables() throws Exception {
    make("CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT)", "DROP TABLE a");
    check();
  }

  @Test
  void anEmptyDatabaseIsEmpty() throws Exception {
    make("VACUUM");
    check();
  }

  @Test
  void tablesAreAsWideAsTheyMayBe() throws Exception {
    StringBuilder columns = new StringBuilder("c0");
    for (int i = 1; i < 2000; i++) {
      columns.append(",c").append(i);
    }
    make(
        "CREATE TABLE wide(" + columns + ")",
        "INSERT INTO wide(c0, c1999) VALUES(1, 2), (3, 4)",
        "UPDATE wide SET rowid = 50 WHERE rowid = 2",
        "INSERT INTO wide(c7) VALUES(zeroblob(5000000))");
    check();
  }

  @Test
  void virtualTablesKeepTheirContent() throws Exception {
    make(
        "CREATE VIRTUAL TABLE ft USING fts5(a, b, prefix='2')",
        "INSERT INTO ft VALUES('alpha beta', 'it''s')",
        "CREATE VIRTUAL TABLE less USING fts5(a, content='')",
        "INSERT INTO less(rowid, a) VALUES(5, 'alpha')",
        "CREATE TABLE doc(id INTEGER PRIMARY KEY, body)",
        "INSERT INTO doc VALUES(1, 'alpha'), (2, 'not in the index')",
        "CREATE VIRTUAL TABLE ext USING fts5(body, content=doc, content_rowid=id)",
        "INSERT INTO ext(rowid, body) VALUES(1, 'alpha')",
        "CREATE VIRTUAL TABLE old USING fts4(a)",
        "INSERT INTO old VALUES('alpha')",
        "CREATE VIRTUAL TABLE box USING rtree(id, x0, x1, +label)",
        "INSERT INTO box VALUES(1, 1.5, 2.5, 'alpha')");
    check();
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("loaded.db"));
        Statement s = c.createStatement()) {
      for (String table : List.of("ft", "less", "ext", "old")) {
        try (var r =
            s.executeQuery("SELECT rowid FROM " + table + " WHERE " + table + " MATCH 'alpha'")) {
          assertThat(r.next()).as(table).isTrue();
        }
      }
      s.execute("INSERT INTO ft VALUES('gamma', '')");
      s.execute("INSERT INTO box VALUES(2, 1, 2, '')");
    }
  }

  @Test
  void whatThisProgramLacksIsDumpedAsItStands() throws Exception {
    make(
        "CREATE TABLE t(a COLLATE RTRIM, b)",
        "INSERT INTO t VALUES('x', 1)",
        "PRAGMA writable_schema=ON",
        "CREATE TABLE secret_data(k, v)",
        "INSERT INTO secret_data VALUES(1, 2)",
        "INSERT INTO sqlite_schema VALUES('table','secret','secret',0,'CREATE VIRTUAL TABLE secret"
            + " USING nobody_has(a)')",
        "UPDATE sqlite_schema SET sql = replace(sql, 'RTRIM', 'mine')");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Connection c = Connections.immutable(source())) {
      SqlDump.Result result = SqlDump.write(c, out, List.of(), SqlDump.Options.ALL, done -> {});
      assertThat(result.notes()).singleElement().asString().contains("virtual table secret");
      assertThat(result.rows()).isEqualTo(2);
    }
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(
            "CREATE TABLE t(a COLLATE mine, b);\nINSERT INTO \"t\" VALUES('x',1);\n",
            "INSERT INTO \"secret_data\" VALUES(1,2);\n",
            "'secret','secret',0,'CREATE VIRTUAL TABLE secret USING nobody_has(a)'",
            "\nCOMMIT;\n");
  }

  @Test
  void valuesThatNoColumnKeepsAreTold() throws Exception {
    make(
        "CREATE TABLE t(a, b)",
        "INSERT INTO t VALUES('12', 1), ('x', 'y'), ('-1.5e3 ', 2.5), (2.0, '1e')",
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a INTEGER, b TEXT)'");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Connection c = Connections.immutable(source())) {
      assertThat(SqlDump.write(c, out, List.of(), SqlDump.Options.ALL, done -> {}).notes())
          .singleElement()
          .asString()
          .contains("table t: 5 values have a type that their column converts");
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("-- note: table t: 5 values");
  }

  @Test
  void aReadThatFailsEndsWithRollbackAndLoadsNothing() throws Exception {
    make(
        "PRAGMA page_size=1024",
        "CREATE TABLE t(a)",
        "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<5000)"
            + " INSERT INTO t SELECT hex(randomblob(100)) FROM n",
        "CREATE TABLE last(a)");
    byte[] file = Files.readAllBytes(source());
    java.util.Arrays.fill(file, file.length / 2, file.length / 2 + 4096, (byte) 0x55);
    Files.write(source(), file);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Connection c = Connections.immutable(source())) {
      assertThatThrownBy(() -> SqlDump.write(c, out, List.of(), SqlDump.Options.ALL, done -> {}))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("could not be read to its end");
    }
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("INSERT INTO \"t\"", "\nROLLBACK;\n")
        .doesNotContain("COMMIT", "end of dump");
    Path loaded = dir.resolve("loaded.db");
    sqlite3(loaded, out.toByteArray());
    assertThat(DatabaseContents.of(loaded).get("schema")).isEmpty();
  }

  @Test
  void singleTablesComeWithWhatBelongsToThem() throws Exception {
    make(
        "PRAGMA user_version=3",
        "CREATE TABLE Users(id INTEGER PRIMARY KEY AUTOINCREMENT, name)",
        "INSERT INTO Users(name) VALUES('a'), ('b')",
        "DELETE FROM Users WHERE id = 2",
        "CREATE INDEX i ON Users(name)",
        "CREATE TRIGGER t AFTER INSERT ON users BEGIN SELECT 1; END",
        "CREATE TABLE other(a)",
        "INSERT INTO other VALUES(1)",
        "CREATE VIRTUAL TABLE ft USING fts5(a)");
    SqlDump.Options users = new SqlDump.Options(List.of("USERS"), true, true);
    String text = new String(dump(source(), users), StandardCharsets.UTF_8);
    assertThat(text)
        .contains("CREATE TABLE Users", "CREATE INDEX i", "CREATE TRIGGER t", "VALUES('Users',2)")
        .doesNotContain("other", "fts5", "user_version");
    sqlite3(dir.resolve("users.db"), text.getBytes(StandardCharsets.UTF_8));
    String schema =
        new String(
            dump(source(), new SqlDump.Options(List.of(), true, false)), StandardCharsets.UTF_8);
    assertThat(schema).contains("CREATE VIRTUAL TABLE ft").doesNotContain("INSERT INTO", "ft_data");
    Path both = dir.resolve("both.db");
    sqlite3(both, schema.getBytes(StandardCharsets.UTF_8));
    sqlite3(both, dump(source(), new SqlDump.Options(List.of(), false, true)));
    Map<String, List<String>> contents = DatabaseContents.of(both);
    DatabaseContents.of(source())
        .forEach(
            (what, rows) -> {
              if (what.startsWith("rows of ")) {
                assertThat(contents.get(what)).as(what).isEqualTo(rows);
              }
            });
    assertThatThrownBy(() -> dump(source(), new SqlDump.Options(List.of("user"), true, true)))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "there is no table 'user'; there are: Users, other, ft, ft_data, ft_idx,"
                + " ft_content, ft_docsize, ft_config");
  }

  @Test
  void randomTablesStayWhatTheyAre() throws Exception {
    long seed = Long.getLong("seed", new Random().nextLong());
    System.out.println("SqlDumpTest.randomTablesStayWhatTheyAre: -Dseed=" + seed);
    Random random = new Random(seed);
    List<String> types =
        List.of("", "INTEGER", "TEXT", "REAL", "BLOB", "NUMERIC", "VARCHAR(9)", "DATETIME");
    List<String> names =
        List.of("a", "rowid", "oid", "_rowid_", "it's", "\"", "order", "é😀", ".x");
    try (Connection c = open();
        Statement s = c.createStatement()) {
      s.execute("PRAGMA encoding='" + (random.nextBoolean() ? "UTF-8" : "UTF-16") + "'");
      c.setAutoCommit(false);
      for (int t = 0; t < Integer.getInteger("sidewal.dump.tables", 15); t++) {
        List<String> columns = new ArrayList<>(names);
        java.util.Collections.shuffle(columns, random);
        columns = columns.subList(0, 1 + random.nextInt(names.size()));
        StringBuilder sql = new StringBuilder("CREATE TABLE t" + t + "(");
        for (String column : columns) {
          sql.append(Sql.name(column)).append(' ').append(types.get(random.nextInt(types.size())));
          sql.append(',');
        }
        int key = random.nextInt(4);
        sql.append(
            key == 0
                ? "PRIMARY KEY(" + Sql.name(columns.get(0)) + ")) WITHOUT ROWID"
                : key == 1
                    ? "PRIMARY KEY(" + Sql.name(columns.get(0)) + "))"
                    : key == 2 ? "g AS (1))" : "g TEXT)");
        s.execute(sql.toString());
        String into = "INSERT OR IGNORE INTO t" + t + "(";
        for (String column : columns) {
          into += Sql.name(column) + ",";
        }
        into =
            into.substring(0, into.length() - 1) + ") VALUES(?" + ",?".repeat(columns.size() - 1);
        for (int row = random.nextInt(30); row > 0; row--) {
          // A statement that failed cannot be used again.
          try (PreparedStatement p = c.prepareStatement(into + ")")) {
            for (int i = 1; i <= columns.size(); i++) {
              p.setObject(i, SPECIAL.get(random.nextInt(SPECIAL.size())));
            }
            p.execute();
          } catch (SQLException e) {
            assertThat(e.getMessage()).contains("mismatch");
          }
        }
        if (random.nextBoolean()) {
          s.execute("DELETE FROM t" + t + " WHERE random() % 3 = 0");
        }
      }
      c.commit();
    }
    check();
  }
}
