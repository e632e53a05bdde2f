package dev.sidewal.forensics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.cli.CliRun;
import dev.sidewal.error.ExitCode;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.LogRequest;
import dev.sidewal.restore.MovingMoment;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the log says of tables, against what the writer knows and what SQLite says of the file. */
class TableLogTest {

  private static final int TRANSACTIONS = Integer.getInteger("sidewal.tables.transactions", 60);

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private int made;

  @TempDir Path dir;

  TableLogTest() {
    System.out.println("TableLogTest: seed " + seed);
  }

  private List<TransactionTables> log(RecordedHistory history, LogRequest request) {
    List<TransactionTables> log = new ArrayList<>();
    try (ObjectStore store = history.store()) {
      TableLog.read(
          RecordedHistory.source(store, dir.resolve("scratch")),
          Timeline.load(store),
          request,
          log::add);
    }
    return log;
  }

  private void create(RecordedHistory history) throws Exception {
    history.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
    history.sql("CREATE INDEX t_v ON t(v)");
    history.sql("CREATE TABLE big(id INTEGER PRIMARY KEY AUTOINCREMENT, v)");
    history.sql("CREATE TABLE keyed(k TEXT PRIMARY KEY, v) WITHOUT ROWID");
    history.sql("CREATE TABLE quiet(a)");
    history.sql("INSERT INTO quiet VALUES('never touched')");
    history.sql(
        "WITH c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<300)"
            + " INSERT INTO t(v) SELECT hex(randomblob(40)) FROM c");
  }

  private String many(String select, int n) {
    return "WITH c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<" + n + ") " + select;
  }

  private void change(RecordedHistory history) throws Exception {
    int n = 1 + random.nextInt(60);
    switch (random.nextInt(16)) {
      case 0, 1, 2 ->
          history.commit("INSERT INTO t(v) " + many("SELECT hex(randomblob(20)) FROM c", n));
      case 3 ->
          history.commit(
              "DELETE FROM t WHERE id % 5 = " + n % 5, "INSERT INTO big(v) VALUES('one')");
      case 4 -> history.commit("INSERT INTO big(v) VALUES(randomblob(" + n * 2000 + "))");
      case 5 ->
          history.commit(
              "DELETE FROM big WHERE id IN (SELECT id FROM big ORDER BY random() LIMIT 3)",
              "INSERT INTO t(v) VALUES(randomblob(" + n * 100 + "))");
      case 6 ->
          history.commit(
              "INSERT OR REPLACE INTO keyed "
                  + many("SELECT hex(randomblob(1)), hex(randomblob(200)) FROM c", n));
      case 7 ->
          history.commit(
              "DELETE FROM keyed WHERE k > 'A'", "INSERT INTO t(v) VALUES(randomblob(10))");
      case 8 -> {
        String name = "made" + made++;
        history.commit(
            "CREATE TABLE " + name + "(a, b UNIQUE)",
            "INSERT INTO " + name + " " + many("SELECT n, hex(randomblob(30)) FROM c", n));
      }
      case 9 -> {
        String one =
            history.query(
                "SELECT name FROM sqlite_schema WHERE name LIKE 'made%' AND type='table'");
        if (!one.isEmpty()) {
          history.commit(
              "DROP TABLE " + one,
              "CREATE TABLE other" + made++ + "(x)",
              "INSERT INTO t(v) VALUES(randomblob(2000))");
        }
      }
      case 10 -> {
        history.commit(
            "CREATE TABLE t_new(id INTEGER PRIMARY KEY, v)",
            "INSERT INTO t_new SELECT * FROM t",
            "DROP TABLE t",
            "ALTER TABLE t_new RENAME TO t",
            "CREATE INDEX t_v" + made++ + " ON t(v)");
      }
      case 11 ->
          history.commit(
              "INSERT INTO big(v) VALUES(randomblob(500))",
              "SAVEPOINT s",
              "UPDATE t SET v=hex(randomblob(30))",
              "DELETE FROM keyed",
              "ROLLBACK TO s");
      case 12 -> history.commit("VACUUM");
      case 13 -> history.commit("DELETE FROM t WHERE id % 2 = 0", "INSERT INTO big(v) VALUES('x')");
      case 14 ->
          history.commit(
              "UPDATE t SET v=hex(randomblob(" + n * 10 + ")) WHERE id % 7 = " + n % 7,
              "INSERT INTO keyed VALUES('k" + made++ + "', zeroblob(5000))");
      default -> {
        if (history.query("PRAGMA auto_vacuum").equals("2")
            && !history.query("PRAGMA freelist_count").equals("0")) {
          history.commit("PRAGMA incremental_vacuum(3)");
        } else {
          history.commit("UPDATE sqlite_sequence SET seq=seq+1", "INSERT INTO big(v) VALUES(1)");
        }
      }
    }
  }

  private static Map<Long, String> dbstat(Path file, int pageSize) throws Exception {
    Map<Long, String> owners = new HashMap<>();
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement s = c.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT d.pageno, coalesce(m.tbl_name, d.name) FROM dbstat d"
                    + " LEFT JOIN sqlite_schema m ON m.name = d.name")) {
      while (r.next()) {
        owners.put(r.getLong(1), r.getString(2));
      }
    }
    assertThat(pageSize).isPositive();
    return owners;
  }

  private static Map<Long, String> owners(OwnerMap map, long pages) {
    Map<Long, String> owners = new HashMap<>();
    for (long page = 1; page <= pages; page++) {
      int value = map.value(page);
      if (PageMap.isContent(value)) {
        owners.put(page, map.trees().get(PageMap.tree(value)).table());
      }
    }
    return owners;
  }

  @ParameterizedTest
  @CsvSource({"512,0", "1024,1", "4096,2", "65536,0"})
  void rowsAndPagesAreWhatTheWriterKnows(int pageSize, int autoVacuum) throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, pageSize, autoVacuum)) {
      create(history);
      List<Long> starts = new ArrayList<>();
      for (int life = 0; life < 2; life++) {
        history.attach(life == 1, random.nextBoolean(), random);
        starts.add(history.txid());
        for (int i = 0; i < TRANSACTIONS / 2; i++) {
          change(history);
        }
        history.detach();
      }
      List<TransactionTables> log = log(history, LogRequest.all());
      assertThat(log).hasSize((int) history.txid());
      int told = 0;
      for (TransactionTables touched : log) {
        long txid = touched.transaction().txid();
        assertThat(touched.image()).as("%d", txid).isEqualTo(starts.contains(txid));
        if (touched.image()) {
          assertThat(touched.note()).isPresent();
          continue;
        }
        assertThat(touched.note()).as("%d", txid).isEmpty();
        assertThat(rows(touched)).as("rows of %d", txid).isEqualTo(expected(history, txid));
        assertThat(touched.tables()).noneMatch(t -> t.name().equals("quiet") && !vacuumed(touched));
        told++;
      }
      assertThat(told).isGreaterThan(TRANSACTIONS / 2);
      compareMaps(history, pageSize);
      // A listing may begin anywhere.
      LogRequest part =
          new LogRequest(
              java.util.Optional.empty(), java.util.Optional.empty(), java.util.OptionalLong.of(7));
      assertThat(log(history, part)).isEqualTo(log.subList(log.size() - 7, log.size()));
    }
  }

  private static boolean vacuumed(TransactionTables touched) {
    return touched.schema() || touched.tables().size() > 3;
  }

  private static Map<String, Long> rows(TransactionTables touched) {
    Map<String, Long> rows = new TreeMap<>();
    touched
        .tables()
        .forEach(
            t -> {
              if (t.rows().orElseThrow() != 0) {
                rows.put(t.name(), t.rows().getAsLong());
              }
            });
    return rows;
  }

  private static Map<String, Long> expected(RecordedHistory history, long txid) {
    Map<String, Long> before = history.rows.get(txid - 1);
    Map<String, Long> after = history.rows.get(txid);
    Map<String, Long> expected = new TreeMap<>();
    TreeSet<String> names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      long rows = after.getOrDefault(name, 0L) - before.getOrDefault(name, 0L);
      if (rows != 0) {
        expected.put(name, rows);
      }
    }
    return expected;
  }

  /** Holds the map against dbstat at some transactions. */
  private void compareMaps(RecordedHistory history, int pageSize) throws Exception {
    try (ObjectStore store = history.store();
        MovingMoment moment =
            MovingMoment.restore(
                RecordedHistory.source(store, dir.resolve("scratch")),
                Timeline.load(store),
                RestoreTarget.txid(1))) {
      TableTracker tracker = new TableTracker(moment, t -> {});
      long txid = 1;
      int compared = 0;
      while (moment.wayBytes(txid).isPresent()) {
        moment.moveTo(txid, tracker);
        OwnerMap map = tracker.map().orElseThrow();
        assertThat(owners(map, moment.transaction().databasePages()))
            .as("after %d", txid)
            .isEqualTo(dbstat(history.restored(txid), pageSize));
        compared++;
        txid += 1 + random.nextInt(6);
      }
      assertThat(compared).isPositive();
      System.out.println(
          "compared "
              + compared
              + ", map built "
              + tracker.map().orElseThrow().rebuilds()
              + " times");
    }
  }

  @Test
  void whatIsSaidOfOneTransaction() throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, 4096, 0)) {
      history.sql("CREATE TABLE users(name TEXT)");
      history.sql("CREATE TABLE orders(id INTEGER PRIMARY KEY, item TEXT)");
      history.sql("CREATE VIRTUAL TABLE docs USING fts5(body)");
      history.attach(false, false, random);
      history.commit("INSERT INTO users VALUES('a'),('b'),('c')");
      history.commit("UPDATE users SET name='B' WHERE name='b'");
      history.commit("INSERT INTO docs VALUES('some words')");
      history.commit("ALTER TABLE users RENAME TO people");
      history.commit("DELETE FROM people", "INSERT INTO orders(item) VALUES('tea')");
      history.commit("DROP TABLE people");
      history.commit("PRAGMA user_version=7");
      history.commit(
          "SAVEPOINT s", "UPDATE orders SET item='x'", "ROLLBACK TO s", "PRAGMA user_version=8");
      history.detach();
      // Once more what nobody saw: the log was begun anew.
      history.commit("INSERT INTO orders(item) VALUES('milk'),('bread')");
      history.sql("PRAGMA wal_checkpoint(TRUNCATE)");
      history.commit("DELETE FROM orders WHERE item='tea'");
      history.attach(false, false, random);
      history.detach();
      List<String> said =
          log(history, LogRequest.all()).stream()
              .skip(1)
              .map(
                  t ->
                      t.tables().stream()
                              .map(
                                  x ->
                                      x.name()
                                          + " "
                                          + x.rows().orElseThrow()
                                          + "/"
                                          + x.pages()
                                          + x.of().map(o -> "<" + o).orElse(""))
                              .toList()
                          + (t.schema() ? " schema" : "")
                          + (t.transaction().gap() ? " gap" : ""))
              .toList();
      assertThat(said.get(0)).isEqualTo("[users 3/1]");
      assertThat(said.get(1)).isEqualTo("[users 0/1]");
      assertThat(said.get(2)).contains("docs_content 1/1<docs").contains("docs_docsize 1/1<docs");
      assertThat(said.get(3)).isEqualTo("[sqlite_schema 0/1] schema");
      assertThat(said.get(4)).isEqualTo("[orders 1/1, people -3/1]");
      assertThat(said.get(5)).startsWith("[people 0/1, sqlite_schema -1/1] schema");
      assertThat(said.subList(6, 9)).containsExactly("[]", "[]", "[orders 1/1] gap");
      assertThat(said).hasSize(9);
    }
  }

  @Test
  void aTableThatIsNowhereIsNotSaidToBeUntouched() throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, 4096, 0)) {
      history.sql("CREATE TABLE users(name TEXT)");
      history.sql("CREATE VIRTUAL TABLE docs USING fts5(body)");
      history.attach(false, false, random);
      history.commit("CREATE TABLE brief(x)");
      history.commit("DROP TABLE brief");
      history.detach();
      CliRun wrong = CliRun.live("log", "--table=usr", "--table=users", history.url());
      assertThat(wrong.code()).isEqualTo(ExitCode.TARGET_UNAVAILABLE.code());
      assertThat(wrong.err())
          .contains("No state that was looked at has a table usr. There are: brief, docs, docs_");
      for (String there : List.of("USERS", "docs", "docs_data", "Brief")) {
        CliRun.live("log", "--table=" + there, history.url()).succeeded();
      }
    }
  }

  /** Whatever bytes a page has, looking at it ends. */
  @Test
  void nonsenseIsNoTable() throws IOException {
    byte[] page = new byte[512];
    int malformed = 0;
    for (int i = 0; i < 20_000; i++) {
      random.nextBytes(page);
      page[0] = (byte) List.of(2, 5, 10, 13).get(random.nextInt(4)).intValue();
      page[3] = 0;
      try {
        new BTreePage(2, page, 512)
            .references(
                new BTreePage.References() {
                  @Override
                  public void child(long child) {}

                  @Override
                  public void overflow(long overflow) {}
                });
      } catch (BTreePage.Malformed e) {
        malformed++;
      }
    }
    assertThat(malformed).isPositive();
  }
}
