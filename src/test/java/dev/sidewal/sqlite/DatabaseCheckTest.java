package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.DatabaseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a check says of files that are damaged on purpose, each in one known place. */
final class DatabaseCheckTest {

  private static final int PAGE = 1024;

  @TempDir Path dir;
  private Path file;
  private byte[] good;

  @BeforeEach
  void make() throws Exception {
    file = dir.resolve("app.db");
    sql(
        "PRAGMA page_size=" + PAGE,
        "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK(name<>''), age INT)",
        "CREATE INDEX by_name ON users(name)",
        "CREATE TABLE pairs(k TEXT PRIMARY KEY, v) WITHOUT ROWID",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<500)"
            + " INSERT INTO users SELECT i, 'user ' || i, i % 90 FROM n",
        "INSERT INTO pairs SELECT name, age FROM users",
        "CREATE TABLE gone(x)",
        "INSERT INTO gone SELECT zeroblob(4000) FROM users LIMIT 20",
        "DROP TABLE gone",
        "PRAGMA user_version=7",
        "PRAGMA application_id=77");
    good = Files.readAllBytes(file);
  }

  private void sql(String... statements) throws SQLException {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement()) {
      for (String statement : statements) {
        s.execute(statement);
      }
    }
  }

  /** Returns the number of the last leaf page of a table or index. */
  private int leaf(String name) throws SQLException {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT max(pageno) FROM dbstat WHERE pagetype='leaf' AND name='" + name + "'")) {
      return r.getInt(1);
    }
  }

  private CheckReport full() {
    return DatabaseCheck.live(file, CheckOptions.FULL);
  }

  private CheckReport quick() {
    return DatabaseCheck.live(file, CheckOptions.QUICK);
  }

  private static Set<String> objects(CheckReport report) {
    return report.problems().stream()
        .map(CheckProblem::object)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void writePage(int page, byte[] content, int at) throws IOException {
    byte[] bad = good.clone();
    System.arraycopy(content, 0, bad, (page - 1) * PAGE + at, content.length);
    Files.write(file, bad);
  }

  @Test
  void whatIsSoundIsOkAndItsFactsAreRight() {
    for (CheckReport report :
        List.of(full(), quick(), DatabaseCheck.still(file, CheckOptions.FULL))) {
      assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.OK);
      assertThat(report.problems()).isEmpty();
      assertThat(report.foreignKeysChecked()).isTrue();
      DatabaseFacts facts = report.facts();
      assertThat(facts.fileBytes()).isEqualTo(good.length);
      assertThat(facts.pageSize()).isEqualTo(PAGE);
      assertThat(facts.pages()).isEqualTo(good.length / PAGE);
      assertThat(facts.databaseBytes()).isEqualTo(good.length);
      assertThat(facts.freePages()).isEqualTo(ByteBuffer.wrap(good).getInt(36)).isPositive();
      assertThat(facts.wal()).isFalse();
      assertThat(facts.encoding()).isEqualTo("UTF-8");
      assertThat(facts.autoVacuum()).isEqualTo("none");
      assertThat(facts.userVersion()).isEqualTo(7);
      assertThat(facts.applicationId()).isEqualTo(77);
      assertThat(facts.schemaVersion()).isEqualTo(ByteBuffer.wrap(good).getInt(40));
      assertThat(facts.writer()).hasValueSatisfying(v -> assertThat(v).matches("3\\.\\d+\\.\\d+"));
      assertThat(facts.tables()).hasValue(2);
      assertThat(facts.indexes()).hasValue(1);
      assertThat(facts.walBytes()).isZero();
      assertThat(facts.journalBytes()).isZero();
    }
    assertThat(dir).isDirectoryContaining("glob:**/app.db");
    assertThat(dir.toFile().list()).containsExactly("app.db");
  }

  @Test
  void anIndexThatDiffersFromItsTable() throws Exception {
    // Another letter in a key of the index: its pages are sound, its content is not.
    int page = leaf("by_name");
    int at =
        indexOf(good, "user ".getBytes(java.nio.charset.StandardCharsets.UTF_8), (page - 1) * PAGE);
    writePage(page, new byte[] {'v'}, at - (page - 1) * PAGE);
    assertThat(quick().verdict()).isEqualTo(CheckReport.Verdict.OK);
    CheckReport report = full();
    assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.INDEXES_DAMAGED);
    assertThat(objects(report)).containsExactly("by_name");
    sql("REINDEX");
    assertThat(full().verdict()).isEqualTo(CheckReport.Verdict.OK);
  }

  @Test
  void aPageOfAnIndexThatIsDestroyed() throws Exception {
    writePage(leaf("by_name"), new byte[PAGE], 0);
    for (CheckReport report : List.of(full(), quick())) {
      assertThat(report.problems()).isNotEmpty();
      assertThat(report.verdict()).isNotEqualTo(CheckReport.Verdict.OK);
      assertThat(objects(report)).contains("by_name").doesNotContain("users");
    }
    assertThat(quick().verdict()).isEqualTo(CheckReport.Verdict.INDEXES_DAMAGED);
    // SQLite cannot make it anew, for it empties the old one first; but the table has every row.
    assertThatThrownBy(() -> sql("REINDEX")).hasMessageContaining("malformed");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT count(*), max(name) FROM users NOT INDEXED")) {
      assertThat(r.getInt(1)).isEqualTo(500);
    }
  }

  @Test
  void aPageOfATableThatIsDestroyed() throws Exception {
    for (String table : List.of("users", "pairs")) {
      Files.write(file, good);
      writePage(leaf(table), new byte[PAGE], 0);
      for (CheckReport report : List.of(full(), quick())) {
        assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.DAMAGED);
        assertThat(objects(report)).contains(table);
      }
    }
  }

  @Test
  void theFreeList() throws Exception {
    byte[] bad = good.clone();
    bad[39] ^= 7;
    Files.write(file, bad);
    CheckReport report = quick();
    assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.SPACE_DAMAGED);
    assertThat(report.problems()).hasSize(1);
    assertThat(report.problems().get(0).message()).startsWith("Freelist: ");
  }

  @Test
  void theLimitAndThatThereIsMore() throws Exception {
    byte[] bad = good.clone();
    bad[35] ^= 7; // The first trunk page: all others are used by nothing then.
    Files.write(file, bad);
    CheckReport all = quick();
    assertThat(all.more()).isFalse();
    assertThat(all.problems()).hasSizeGreaterThan(20);
    CheckReport some = DatabaseCheck.live(file, CheckOptions.QUICK.withLimit(5));
    assertThat(some.more()).isTrue();
    assertThat(some.problems()).isEqualTo(all.problems().subList(0, 5));
    CheckReport just =
        DatabaseCheck.live(file, CheckOptions.QUICK.withLimit(all.problems().size()));
    assertThat(just.more()).isFalse();
    assertThat(just.problems()).isEqualTo(all.problems());
  }

  @Test
  void aFileThatWasCutOff() throws Exception {
    for (int length : new int[] {good.length - PAGE, good.length / 2, PAGE, 600}) {
      Files.write(file, Arrays.copyOf(good, length));
      CheckReport report = quick();
      assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.DAMAGED);
      assertThat(report.problems().get(0).message())
          .contains("cut off", "has " + length + " bytes", "" + good.length);
      assertThat(report.facts().databaseBytes()).isEqualTo(good.length);
      assertThat(report.facts().tables()).isEmpty();
    }
  }

  /**
   * SQLite reads zeros where the rest of the last page was, and finds nothing wrong with a value.
   */
  @Test
  void aPartOfTheLastPageIsMissing() throws Exception {
    sql("CREATE TABLE last(x)", "INSERT INTO last VALUES(zeroblob(10000))");
    byte[] whole = Files.readAllBytes(file);
    assertThat(quick().verdict()).isEqualTo(CheckReport.Verdict.OK);
    Files.write(file, Arrays.copyOf(whole, whole.length - 100));
    CheckReport report = quick();
    assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.DAMAGED);
    assertThat(report.problems()).hasSize(1);
    assertThat(report.problems().get(0).message())
        .contains("cut off", "has " + (whole.length - 100) + " bytes", "" + whole.length);
    Files.write(file, Arrays.copyOf(whole, whole.length + 100));
    assertThat(quick().verdict()).isEqualTo(CheckReport.Verdict.OK);
  }

  @Test
  void whatSqliteSaysIsToldWhole() throws Exception {
    String text =
        new String(good, StandardCharsets.ISO_8859_1).replace("TABLE pairs", "TABLX pairs");
    Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
    assertThat(quick().problems().get(0).message())
        .endsWith(
            "cannot go on reading: malformed database schema (pairs) - near \"TABLX\": syntax error");
  }

  @Test
  void whatIsNoDatabaseSaysNothing() throws Exception {
    byte[] bad = good.clone();
    bad[3] ^= 1;
    Files.write(file, bad);
    assertThatThrownBy(this::quick)
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("not a SQLite database")
        .hasMessageContaining(file.toString());
    Files.write(file, new byte[0]);
    assertThatThrownBy(this::quick)
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("is empty");
    Files.delete(file);
    assertThatThrownBy(this::quick)
        .isInstanceOf(DatabaseException.class)
        .hasMessageContaining("There is no database " + file);
    assertThat(file).doesNotExist();
  }

  @Test
  void theSchemaIsDestroyed() throws Exception {
    byte[] bad = good.clone();
    Arrays.fill(bad, 100, PAGE, (byte) 0xff);
    Files.write(file, bad);
    CheckReport report = quick();
    assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.DAMAGED);
    assertThat(report.facts().userVersion()).isEqualTo(7);
  }

  @Test
  void rowsThatBreakTheRulesOfTheirTable() throws Exception {
    sql("PRAGMA ignore_check_constraints=1", "UPDATE users SET name='' WHERE id IN (3, 4)");
    CheckReport report = quick();
    assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.RULES_VIOLATED);
    assertThat(report.problems())
        .containsExactly(
            new CheckProblem(CheckProblem.Kind.RULE, "users", "CHECK constraint failed in users"),
            new CheckProblem(CheckProblem.Kind.RULE, "users", "CHECK constraint failed in users"));
    sql(
        "UPDATE users SET name='x' || id WHERE name=''",
        "PRAGMA writable_schema=1",
        "UPDATE sqlite_schema SET sql=replace(sql, 'age INT', 'age INT NOT NULL')"
            + " WHERE name='users'");
    sql("PRAGMA writable_schema=1");
    assertThat(quick().verdict()).isEqualTo(CheckReport.Verdict.OK);
  }

  @Test
  void aNullWhereNoneMayBe() throws Exception {
    sql(
        "CREATE TABLE \"odd.name\"(\"a.b\" INT)",
        "INSERT INTO \"odd.name\" VALUES(NULL)",
        "PRAGMA writable_schema=1",
        "UPDATE sqlite_schema SET sql=replace(sql, 'INT', 'INT NOT NULL') WHERE name='odd.name'");
    CheckReport report = quick();
    assertThat(report.problems())
        .containsExactly(
            new CheckProblem(CheckProblem.Kind.RULE, "odd.name", "NULL value in odd.name.a.b"));
  }

  @Test
  void foreignKeys() throws Exception {
    sql(
        "CREATE TABLE \"odd \"\"name\"(id INTEGER PRIMARY KEY, user_id REFERENCES users(id),"
            + " k, FOREIGN KEY(k) REFERENCES pairs(k))",
        "INSERT INTO \"odd \"\"name\"(user_id) SELECT 1000 + id FROM users LIMIT 7",
        "INSERT INTO \"odd \"\"name\"(user_id, k) VALUES(1, 'user 1'), (2, 'nobody')",
        "CREATE TABLE lost(p REFERENCES nowhere(id))",
        "INSERT INTO lost VALUES(1)",
        "CREATE TABLE wrong(p REFERENCES users(age))",
        "INSERT INTO wrong VALUES(1)");
    CheckReport report = quick();
    assertThat(report.problems()).isEmpty();
    assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.FOREIGN_KEYS_VIOLATED);
    String odd = "odd \"name";
    assertThat(report.foreignKeys())
        .contains(
            new ForeignKeyViolation("lost", "nowhere", List.of("p"), 1, List.of(1L), ""),
            new ForeignKeyViolation(odd, "pairs", List.of("k"), 1, List.of(9L), ""),
            new ForeignKeyViolation(
                odd, "users", List.of("user_id"), 7, List.of(1L, 2L, 3L, 4L, 5L), ""))
        .hasSize(4);
    ForeignKeyViolation mismatch = report.foreignKeys().get(3);
    assertThat(mismatch.table()).isEqualTo("wrong");
    assertThat(mismatch.text()).contains("foreign key mismatch");
    CheckReport without = DatabaseCheck.live(file, CheckOptions.QUICK.withForeignKeys(false));
    assertThat(without.verdict()).isEqualTo(CheckReport.Verdict.OK);
    assertThat(without.foreignKeysChecked()).isFalse();
  }

  @Test
  void whatNeedsTheApplicationIsNamedAndTheRestIsChecked() throws Exception {
    sql(
        "CREATE TABLE special(x)",
        "CREATE INDEX s ON special(x)",
        "PRAGMA writable_schema=1",
        "UPDATE sqlite_schema SET sql='CREATE INDEX s ON special(x COLLATE german)'"
            + " WHERE name='s'");
    CheckReport report = quick();
    assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.UNCHECKED);
    assertThat(report.problems()).hasSize(1);
    assertThat(report.problems().get(0).object()).isEqualTo("special");
    assertThat(report.problems().get(0).message()).contains("german");
    good = Files.readAllBytes(file);
    writePage(leaf("users"), new byte[PAGE], 0);
    report = quick();
    assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.DAMAGED);
    assertThat(objects(report)).contains("special", "users");
  }

  @Test
  void aDatabaseInWalModeWhileItIsWritten() throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      s.execute("PRAGMA wal_autocheckpoint=0");
      s.execute("INSERT INTO users(name) VALUES('in the log')");
      s.execute("PRAGMA wal_checkpoint");
      s.execute("UPDATE users SET age=1000 WHERE id=1");
      s.execute("BEGIN IMMEDIATE");
      s.execute("UPDATE users SET age=2000 WHERE id=2");
      CheckReport report = full();
      assertThat(report.verdict()).isEqualTo(CheckReport.Verdict.OK);
      DatabaseFacts facts = report.facts();
      assertThat(facts.wal()).isTrue();
      assertThat(facts.walBytes()).isEqualTo(Files.size(dir.resolve("app.db-wal")));
      assertThat(facts.walPending().orElseThrow())
          .isPositive()
          .isEqualTo(facts.walFrames().orElseThrow());
      s.execute("COMMIT");
    }
  }

  @Test
  void whoeverHoldsItKeepsTheCheckOut() throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement()) {
      s.execute("BEGIN EXCLUSIVE");
      CheckOptions hasty = new CheckOptions(false, true, 100, Duration.ofMillis(1), () -> {});
      assertThatThrownBy(() -> DatabaseCheck.live(file, hasty))
          .isInstanceOf(DatabaseException.class)
          .hasMessageContaining("locked");
    }
  }

  @Test
  void itCanBeEnded() throws Exception {
    sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<20000)"
            + " INSERT INTO users(name) SELECT 'more ' || i FROM n");
    AtomicInteger steps = new AtomicInteger();
    assertThat(
            DatabaseCheck.live(file, CheckOptions.FULL.withStep(steps::incrementAndGet)).verdict())
        .isEqualTo(CheckReport.Verdict.OK);
    assertThat(steps.get()).isGreaterThan(3);
    CheckOptions stops =
        CheckOptions.FULL.withStep(
            () -> {
              throw new IllegalStateException("enough");
            });
    assertThatThrownBy(() -> DatabaseCheck.live(file, stops))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("enough");
  }

  private static int indexOf(byte[] bytes, byte[] wanted, int from) {
    for (int i = from; i <= bytes.length - wanted.length; i++) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }
}
