package dev.sidewal.tables;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.cli.CliRun;
import dev.sidewal.error.ExitCode;
import dev.sidewal.flow.Databases;
import dev.sidewal.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that come back into a database which an agent follows, held against the moment's. */
final class TableRestoreTest {

  private static final int ROUNDS = Integer.getInteger("sidewal.tables.rounds", 2);

  private static final String ODD = "we\"ird täb'le";

  private static final String[] SCHEMA = {
    "CREATE TABLE users(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE,"
        + " boss INT REFERENCES users(id), big AS (upper(name)) STORED, twice AS (id * 2))",
    "CREATE INDEX users_name ON users(name)",
    "CREATE UNIQUE INDEX [odd \"ix] ON users(lower(name)) WHERE boss IS NOT NULL",
    "CREATE TABLE audit(t)",
    "CREATE TRIGGER users_ins AFTER INSERT ON users BEGIN"
        + " INSERT INTO audit VALUES('ins ' || new.id); UPDATE users SET boss = NULL WHERE id = 0;"
        + " END",
    "CREATE TRIGGER users_del BEFORE DELETE ON users BEGIN INSERT INTO audit VALUES('del'); END",
    "CREATE TABLE orders(id INTEGER PRIMARY KEY, user INT REFERENCES users(id) ON DELETE CASCADE)",
    "CREATE VIEW names AS SELECT id, name FROM users",
    "CREATE TABLE \"we\"\"ird täb'le\"(rowid TEXT, _rowid_ INT, x BLOB, PRIMARY KEY(rowid, x))"
        + " WITHOUT ROWID",
    "CREATE TABLE st(a INT, b ANY) STRICT",
    "CREATE VIRTUAL TABLE ft USING fts5(title, body)",
    "CREATE VIRTUAL TABLE less USING fts5(a, content='')",
    "CREATE TABLE norow(rowid, oid, _rowid_, x)",
    "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO users(name,"
        + " boss) SELECT 'n' || i, nullif(i / 2, 0) FROM n",
    "DELETE FROM users WHERE id IN (7, 40)",
    "INSERT INTO orders SELECT id, id FROM users",
    "INSERT INTO \"we\"\"ird täb'le\" VALUES('a', 1, x'00'), ('b', 2, 1.5), ('c', NULL, 'NULL')",
    "INSERT INTO st(rowid, a, b) VALUES(9, 1, 2.0), (-4, 2, '2'), (11, 3, x'32'), (12, NULL, 1e999)",
    "INSERT INTO ft(rowid, title, body) VALUES(5, 'hello', 'world of things'), (9, 'x', '')",
    "INSERT INTO norow VALUES(1, 2, 3, 4), (5, 6, 7, NULL)"
  };

  @TempDir Path dir;
  private FollowedDatabase live;
  private long moment;

  @BeforeEach
  void begin() throws Exception {
    live = FollowedDatabase.create(dir, SCHEMA);
    moment = live.shipped();
  }

  @AfterEach
  void end() throws Exception {
    live.close();
  }

  private CliRun restore(String... options) {
    List<String> args =
        new ArrayList<>(
            List.of("restore", live.url(), "--into", live.path().toString(), "--txid=" + moment));
    args.addAll(List.of(options));
    return CliRun.live(args.toArray(String[]::new));
  }

  private List<String> query(String sql) throws Exception {
    return Databases.query(live.path(), sql);
  }

  /** Returns all that is in the live database, to see that nothing changed. */
  private List<String> everything() throws Exception {
    List<String> all =
        new ArrayList<>(query("SELECT type, name, tbl_name, sql FROM sqlite_schema"));
    all.addAll(query("SELECT name, seq FROM sqlite_sequence"));
    for (Table table : Table.all(live.connection(), "main")) {
      all.add(table.name());
      all.addAll(FollowedDatabase.exact(live.connection(), table.name()));
    }
    return all;
  }

  private void assertSame(String table, String name) throws Exception {
    assertThat(FollowedDatabase.exact(live.connection(), name))
        .as(name)
        .isNotEmpty()
        .isEqualTo(FollowedDatabase.exact(live.restored(moment), table));
  }

  @Test
  void aTableComesUnderANewNameAndTheLiveOneIsNotTouched() throws Exception {
    live.run("DELETE FROM orders", "DELETE FROM users WHERE id > 5", "DROP TABLE st");
    List<String> users = FollowedDatabase.exact(live.connection(), "users");
    List<String> audit = query("SELECT * FROM audit");
    CliRun run = restore("--table=USERS", "--table", ODD, "--table=norow").succeeded();
    assertThat(run.out())
        .contains("users as users_restored: 38 rows (the live one has 5)")
        .contains("in one transaction; nobody else could write for ");
    assertSame("users", "users_restored");
    assertSame(ODD, ODD + "_restored");
    assertSame("norow", "norow_restored");
    assertThat(FollowedDatabase.exact(live.connection(), "users")).isEqualTo(users);
    assertThat(query("SELECT * FROM audit")).as("no trigger fired").isEqualTo(audit);
    assertThat(query("SELECT seq FROM sqlite_sequence WHERE name = 'users_restored'"))
        .containsExactly("40");
    // Self references, indexes and triggers are its own.
    assertThat(query("SELECT \"table\" FROM pragma_foreign_key_list('users_restored')"))
        .containsExactly("users_restored");
    assertThat(query("SELECT name FROM sqlite_schema WHERE tbl_name = 'users_restored' ORDER BY 1"))
        .containsExactly(
            "odd \"ix_restored",
            "users_del_restored",
            "users_ins_restored",
            "users_name_restored",
            "users_restored");
    live.run("INSERT INTO users_restored(name) VALUES('new')");
    assertThat(query("SELECT count(*) FROM audit WHERE t = 'ins 41'")).containsExactly("1");
    assertThat(query("PRAGMA integrity_check")).containsExactly("ok");
    // The agent saw a commit like any other.
    assertThat(FollowedDatabase.exact(live.restored(live.shipped()), "users_restored"))
        .isEqualTo(FollowedDatabase.exact(live.connection(), "users_restored"));
    assertThat(restore("--table=users").failedWith(ExitCode.WOULD_OVERWRITE).err())
        .contains("has a table users_restored already");
    restore("--table=users", "--as=Üsers 2").succeeded();
    assertSame("users", "Üsers 2");
  }

  @Test
  void whatIsGoneComesBackUnderItsOwnName() throws Exception {
    List<String> before = everything();
    live.run("DROP TABLE st", "DROP TABLE ft", "PRAGMA foreign_keys=OFF", "DROP TABLE users");
    CliRun run = restore("--table=st", "--table=ft", "--table=users").succeeded();
    assertThat(run.out())
        .contains("  users, which was gone: 38 rows", "  ft, which was gone: 2 rows");
    for (String table : List.of("st", "ft", "users")) {
      assertSame(table, table);
    }
    assertThat(query("SELECT rowid FROM ft WHERE ft MATCH 'world'")).containsExactly("5");
    assertThat(query("SELECT count(*) FROM names")).containsExactly("38");
    assertThat(query("PRAGMA foreign_key_check"))
        .as("what the moment had already")
        .containsExactlyInAnyOrderElementsOf(
            Databases.query(live.restored(moment), "PRAGMA foreign_key_check"))
        .hasSize(2);
    // The order of the schema and how the full-text index is cut may be others.
    assertThat(everything()).hasSameSizeAs(before);
    assertThat(query("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'ft%'"))
        .containsExactlyInAnyOrderElementsOf(
            Databases.query(
                live.restored(moment),
                "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'ft%'"));
  }

  @Test
  void replacingBringsTheTableBackAsItWas() throws Exception {
    live.run(
        "UPDATE users SET name = name || '!'",
        "INSERT INTO users(name) VALUES('late'), ('later')",
        "ALTER TABLE users ADD COLUMN age",
        "DROP INDEX users_name",
        "CREATE INDEX late_ix ON users(name)",
        "CREATE TRIGGER late_tr AFTER DELETE ON users BEGIN SELECT 1; END");
    CliRun run = restore("--table=users", "--replace").succeeded();
    assertThat(run.out())
        .contains("users is without what was made for it after the moment: index late_ix, trigger")
        .contains("users in its place: 38 rows (it had 40)")
        .contains("note: users is without columns that it got after the moment: age");
    assertSame("users", "users");
    assertThat(query("SELECT seq FROM sqlite_sequence WHERE name = 'users'")).containsExactly("42");
    assertThat(query("SELECT name FROM sqlite_schema WHERE tbl_name = 'users' ORDER BY 1"))
        .containsExactly("odd \"ix", "users", "users_del", "users_ins", "users_name");
    assertThat(query("SELECT count(*) FROM orders")).as("no cascade").containsExactly("38");
    assertThat(query("SELECT \"table\" FROM pragma_foreign_key_list('orders')"))
        .containsExactly("users");
    assertThat(query("PRAGMA integrity_check")).containsExactly("ok");
  }

  @Test
  void numbersThatWereGivenOutAreNotGivenOutAgain() throws Exception {
    live.run(
        "CREATE TABLE fresh(id INTEGER PRIMARY KEY AUTOINCREMENT)",
        // Triggers have names of their own.
        "CREATE TRIGGER audit AFTER INSERT ON fresh BEGIN SELECT 1; END");
    moment = live.shipped();
    live.run("INSERT INTO fresh VALUES(5), (NULL)", "DELETE FROM fresh");
    restore("--table=fresh", "--replace").succeeded();
    live.run("INSERT INTO fresh VALUES(NULL)");
    assertThat(query("SELECT id FROM fresh")).containsExactly("7");
    assertThat(
            query("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'fresh'"))
        .containsExactly("audit");
  }

  @Test
  void virtualTablesComeWithTheirHiddenLanguage() throws Exception {
    live.run(
        "CREATE VIRTUAL TABLE spoken USING fts4(a, languageid=\"lid\")",
        "INSERT INTO spoken(docid, a, lid) VALUES(4, 'hello', 7), (5, 'hello', 0)",
        "CREATE VIRTUAL TABLE box USING rtree(id, x0, x1, +label)",
        "INSERT INTO box VALUES(-5, 1, 2, 'a')");
    moment = live.shipped();
    live.run("DELETE FROM spoken", "DELETE FROM box");
    restore("--table=spoken", "--table=box").succeeded();
    CliRun run = restore("--table=spoken", "--table=box", "--replace").succeeded();
    assertThat(run.out()).doesNotContain("columns again");
    for (String name : List.of("spoken", "spoken_restored")) {
      assertThat(query("SELECT docid FROM " + name + " WHERE a MATCH 'hello' AND lid = 7"))
          .as(name)
          .containsExactly("4");
    }
    assertThat(query("SELECT id FROM box_restored")).isEqualTo(query("SELECT id FROM box"));
    assertThat(query("SELECT label FROM box")).containsExactly("a");
  }

  @Test
  void whatOnlyTheApplicationHasStopsNoOtherTable() throws Exception {
    live.run(
        "CREATE TABLE sorted(a TEXT, b)",
        "INSERT INTO sorted VALUES('x', 1), ('y', 2)",
        "CREATE INDEX sorted_a ON sorted(a COLLATE RTRIM)",
        "CREATE TRIGGER calls AFTER INSERT ON sorted BEGIN SELECT abs(new.b); END",
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_schema SET sql = replace(sql, 'RTRIM', 'mine')",
        "UPDATE sqlite_schema SET sql = replace(sql, 'abs', 'its_own')",
        "PRAGMA writable_schema=OFF");
    moment = live.shipped();
    restore("--table=users").succeeded();
    assertSame("users", "users_restored");
    assertThat(query("SELECT count(*) FROM sqlite_schema WHERE name = 'users_ins_restored'"))
        .containsExactly("1");
    assertThat(restore("--table=sorted").succeeded().out())
        .contains("indexes were left out, because SQLite cannot read one of them (")
        .contains(": sorted_a");
    assertThat(query("SELECT * FROM sorted_restored")).hasSize(2);
    List<String> before = everything();
    assertThat(restore("--table=sorted", "--replace").failedWith(ExitCode.DATABASE).err())
        .contains("mine", "Nothing was changed. Only the application's SQLite has that.");
    assertThat(everything()).isEqualTo(before);
  }

  @Test
  void newViolationsOfForeignKeysUndoEverything() throws Exception {
    live.run(
        "PRAGMA foreign_keys=OFF",
        "INSERT INTO orders VALUES(500, 999)",
        "INSERT INTO users(id, name) VALUES(70, 'late'), (71, 'later')",
        "INSERT INTO orders VALUES(600, 70), (601, 71)",
        "DROP TABLE st");
    List<String> before = everything();
    CliRun run =
        restore("--table=st", "--table=users", "--replace")
            .failedWith(ExitCode.VERIFICATION_FAILED);
    assertThat(run.err())
        .contains("2 rows of orders refer by (user) to rows of users that are not there")
        .contains("row 600 (70); row 601 (71)")
        .doesNotContain("999");
    assertThat(everything()).isEqualTo(before);
    restore("--table=users", "--replace", "--no-foreign-keys").succeeded();
    assertSame("users", "users");
    // Both ends together fit.
    restore("--table=users", "--table=orders", "--replace").succeeded();
    assertSame("orders", "orders");
    assertThat(query("PRAGMA foreign_key_check"))
        .as("what the moment had already")
        .containsExactlyInAnyOrderElementsOf(
            Databases.query(live.restored(moment), "PRAGMA foreign_key_check"))
        .hasSize(2);
  }

  @Test
  void copiesThatComeTogetherReferToEachOther() throws Exception {
    restore("--table=orders", "--table=users").succeeded();
    assertThat(query("SELECT \"table\" FROM pragma_foreign_key_list('orders_restored')"))
        .containsExactly("users_restored");
    live.run("DROP TABLE orders_restored", "DROP TABLE users_restored");
    assertThat(restore("--table=orders").succeeded().out())
        .contains("note: orders_restored has foreign keys to users");
    // One that keeps its name refers to what has the name, not to the copy beside it.
    live.run("DROP TABLE orders_restored", "DROP TABLE orders");
    restore("--table=orders", "--table=users").succeeded();
    assertThat(query("SELECT \"table\" FROM pragma_foreign_key_list('orders')"))
        .containsExactly("users");
  }

  @Test
  void brokenViewsAndTriggersDoNotStopIt() throws Exception {
    live.run(
        "CREATE VIEW broken AS SELECT x FROM nowhere",
        "CREATE TRIGGER bad AFTER UPDATE ON orders BEGIN INSERT INTO nowhere VALUES(1); END");
    moment = live.shipped();
    restore("--table=users").succeeded();
    assertSame("users", "users_restored");
    assertThat(restore("--table=orders").succeeded().out()).contains("as orders_restored");
    assertSame("orders", "orders_restored");
  }

  @Test
  void whatCannotBeRightIsRefused() throws Exception {
    List<String> before = everything();
    assertThat(restore("--table=usres").failedWith(ExitCode.TARGET_UNAVAILABLE).err())
        .contains("has no table usres", "Did you mean users?", "Its tables are: users, audit");
    assertThat(restore("--table=names").failedWith(ExitCode.TARGET_UNAVAILABLE).err())
        .contains("it is a view there");
    assertThat(restore("--table=less").failedWith(ExitCode.USAGE).err()).contains("an index only");
    assertThat(restore("--table=ft_content").failedWith(ExitCode.USAGE).err())
        .contains("Name the virtual table");
    assertThat(restore("--table=users", "--table=Users").failedWith(ExitCode.USAGE).err())
        .contains("given twice");
    Path nothing = dir.resolve("nothing.db");
    assertThat(
            CliRun.of("restore", live.url(), "--table=users", "--into", nothing.toString())
                .failedWith(ExitCode.DATABASE)
                .err())
        .contains("is not there, and it is not made");
    assertThat(nothing).doesNotExist();
    Path text = Files.writeString(dir.resolve("text"), "this is no database, as long as it may be");
    CliRun.of("restore", live.url(), "--table=users", "--into", text.toString())
        .failedWith(ExitCode.DATABASE);
    Path utf16 = dir.resolve("utf16.db");
    Databases.run(utf16, "PRAGMA encoding='UTF-16le'", "CREATE TABLE t(a)");
    assertThat(
            CliRun.of("restore", live.url(), "--table=users", "--into", utf16.toString())
                .failedWith(ExitCode.DATABASE)
                .err())
        .contains("UTF-16le");
    assertThat(everything()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"WAL", "DELETE"})
  void aLockedDatabaseIsWaitedForSoLongAndNotLonger(String mode) throws Exception {
    Path other = dir.resolve("other.db");
    Databases.run(other, "PRAGMA journal_mode=" + mode, "CREATE TABLE t(a)");
    String script =
        """
        import sqlite3, sys
        c = sqlite3.connect(sys.argv[1], isolation_level=None)
        c.execute("BEGIN IMMEDIATE")
        print("locked", flush=True)
        sys.stdin.read()
        """;
    Programs.assumePython();
    Process holder = new ProcessBuilder("python3", "-c", script, other.toString()).start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("locked");
      CliRun run =
          CliRun.live(
                  "restore",
                  live.url(),
                  "--table=users",
                  "--busy-timeout=100ms",
                  "--into",
                  other.toString())
              .failedWith(ExitCode.DATABASE);
      assertThat(run.err()).contains("was locked for 100 ms");
      if (Files.exists(Path.of("/proc/locks"))) {
        assertThat(run.err())
            .contains("process " + holder.pid() + " (", "is in a write transaction");
      }
    } finally {
      holder.destroyForcibly().waitFor();
    }
    CliRun.live("restore", live.url(), "--table=users", "--into", other.toString()).succeeded();
    assertThat(Databases.number(other, "SELECT count(*) FROM users")).isEqualTo(38);
  }

  @Test
  void aDryRunChangesNothingAndJsonHasEveryFact() throws Exception {
    live.run("DELETE FROM orders WHERE id > 3", "DROP TABLE st");
    List<String> before = everything();
    JsonNode dry =
        new ObjectMapper()
            .readTree(
                restore("--table=orders", "--table=st", "--dry-run", "--json").succeeded().out());
    assertThat(everything()).isEqualTo(before);
    JsonNode real =
        new ObjectMapper()
            .readTree(restore("--table=orders", "--table=st", "--json").succeeded().out());
    assertThat(real.get("tables")).isEqualTo(dry.get("tables"));
    assertThat(real.get("tables").toString())
        .isEqualTo(
            "[{\"table\":\"orders\",\"name\":\"orders_restored\",\"action\":\"copied\",\"rows\":38,"
                + "\"liveRows\":3,\"indexes\":[],\"triggers\":[]},"
                + "{\"table\":\"st\",\"name\":\"st\",\"action\":\"returned\",\"rows\":4,"
                + "\"liveRows\":null,\"indexes\":[],\"triggers\":[]}]");
    assertThat(dry.get("restored").asBoolean()).isFalse();
    assertThat(real.get("restored").asBoolean()).isTrue();
    assertThat(real.get("txid").asLong()).isEqualTo(moment);
  }

  @Test
  void theApplicationMayGoOnWriting() throws Exception {
    AtomicBoolean end = new AtomicBoolean();
    long[] written = {0};
    Throwable[] failed = {null};
    Thread writer =
        new Thread(
            () -> {
              try (var c = Databases.open(live.path())) {
                while (!end.get()) {
                  Databases.run(c, "INSERT INTO audit VALUES(" + written[0] + ")");
                  written[0]++;
                  LockSupport.parkNanos(1_000_000); // an application that does something else too
                }
              } catch (Exception e) {
                failed[0] = e;
              }
            });
    writer.start();
    try {
      for (int i = 0; i < ROUNDS; i++) {
        restore("--table=users", "--as=copy" + i).succeeded();
        restore("--table=orders", "--replace").succeeded();
      }
    } finally {
      end.set(true);
      writer.join();
    }
    assertThat(failed[0]).isNull();
    assertThat(query("SELECT count(*) FROM audit WHERE typeof(t) = 'integer'"))
        .containsExactly(Long.toString(written[0]));
    assertSame("users", "copy" + (ROUNDS - 1));
    assertSame("orders", "orders");
    assertThat(FollowedDatabase.exact(live.restored(live.shipped()), "audit"))
        .isEqualTo(FollowedDatabase.exact(live.connection(), "audit"));
  }
}
