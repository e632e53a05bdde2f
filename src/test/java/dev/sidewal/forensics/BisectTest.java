package dev.sidewal.forensics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.cli.CliRun;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.MovingMoment;
import dev.sidewal.restore.PageChanges;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.store.ObjectStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Moments move to what an ordinary restore gives, and a search finds what it is told to find. */
class BisectTest {

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  @TempDir Path dir;

  BisectTest() {
    System.out.println("BisectTest: seed " + seed);
  }

  private BisectReport bisect(RecordedHistory history, String query, String good, boolean scan) {
    try (ObjectStore store = history.store()) {
      return Bisect.run(
          RecordedHistory.source(store, dir.resolve("scratch")),
          new BisectRequest(new Condition(query, good), Optional.empty(), Optional.empty(), scan),
          (done, left) -> {});
    }
  }

  private void change(RecordedHistory history) throws Exception {
    int n = random.nextInt(40);
    switch (random.nextInt(9)) {
      case 0 ->
          history.commit("DELETE FROM t WHERE id % 7 = " + n % 7, "INSERT INTO t(v) VALUES(1)");
      case 1 -> history.commit("INSERT INTO t(v) VALUES(randomblob(" + n * 1000 + "))");
      case 2 ->
          history.commit(
              "INSERT INTO t(v) VALUES(randomblob(9000))",
              "SAVEPOINT s",
              "UPDATE t SET v=randomblob(3000)",
              "ROLLBACK TO s");
      case 3 -> history.commit("VACUUM");
      default ->
          history.commit(
              "UPDATE t SET v=randomblob(" + n * 20 + ") WHERE id % 11 = " + n % 11,
              "INSERT INTO t(v) VALUES(zeroblob(30))");
    }
  }

  @ParameterizedTest
  @CsvSource({"512,0,true", "4096,2,false", "65536,1,true", "1024,1,false"})
  void aMomentMovesToWhatARestoreGives(int pageSize, int autoVacuum, boolean packs)
      throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, pageSize, autoVacuum)) {
      history.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      for (int life = 0; life < 3; life++) {
        history.attach(life == 2, packs, random);
        for (int i = 0; i < 25; i++) {
          change(history);
        }
        history.sync();
        if (life == 1) {
          history.snapshot();
        }
        history.detach();
        history.commit("INSERT INTO t(v) VALUES('nobody saw it')");
      }
      try (ObjectStore store = history.store()) {
        Timeline timeline = Timeline.load(store);
        long latest = timeline.latest().orElseThrow();
        try (MovingMoment moment =
            MovingMoment.restore(
                RecordedHistory.source(store, dir.resolve("scratch")),
                timeline,
                RestoreTarget.txid(1))) {
          moment.mark();
          long marked = 1;
          int moves = 0;
          for (int i = 0; i < 12; i++) {
            long to = marked + 1 + random.nextLong(20);
            if (to > latest || moment.wayBytes(to).isEmpty()) {
              continue;
            }
            moment.moveTo(to, PageChanges.NONE);
            moves++;
            assertThat(moment.path()).hasSameBinaryContentAs(history.restored(to));
            if (random.nextBoolean()) {
              moment.mark();
              marked = to;
            } else {
              moment.back();
              assertThat(moment.path()).hasSameBinaryContentAs(history.restored(marked));
            }
          }
          assertThat(moves).isPositive();
          // The third life lost what the second knew: it began with a snapshot.
          assertThat(moment.wayBytes(latest)).isEmpty();
        }
      }
    }
  }

  @Test
  void theLastGoodTransactionIsFound() throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, 1024, 0)) {
      history.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      history.sql("CREATE TABLE users(name TEXT)");
      history.sql("INSERT INTO users VALUES('a'),('b')");
      history.attach(false, true, random);
      int length = 40 + random.nextInt(40);
      int wrong = random.nextInt(length);
      long bad = 0;
      for (int i = 0; i < length; i++) {
        if (i == wrong) {
          history.commit("DELETE FROM users");
          bad = history.txid();
        }
        change(history);
      }
      history.commit("DROP TABLE users");
      history.detach();
      BisectReport report = bisect(history, "SELECT count(*) FROM nobody", ">= 0", false);
      assertThat(report.outcome()).isEqualTo(BisectReport.Outcome.NOT_AT_FIRST);
      assertThat(report.first().answer().value()).isEqualTo("no such table: nobody");

      report = bisect(history, "SELECT count(*) FROM users", "> 0", false);
      assertThat(report.outcome()).isEqualTo(BisectReport.Outcome.FOUND);
      BisectReport.Change change = report.changes().get(0);
      assertThat(change.before().txid()).isEqualTo(bad - 1);
      assertThat(change.before().answer().value()).isEqualTo("2");
      assertThat(change.after().txid()).isEqualTo(bad);
      assertThat(change.after().answer().value()).isEqualTo("0");
      assertThat(change.unknown()).isZero();
      assertThat(report.last().answer().value()).isEqualTo("no such table: users");
      assertThat(report.asked()).isLessThan(12);

      BisectReport scan = bisect(history, "SELECT count(*) FROM users", "> 0", true);
      assertThat(scan.changes()).extracting(c -> c.after().txid()).containsExactly(bad);
      assertThat(scan.asked()).isEqualTo(history.txid());
      assertThat(dir.resolve("scratch")).isEmptyDirectory();
    }
  }

  /** A page of the application's database is overwritten by hand, as a failing disk does it. */
  @Test
  void theLastUndamagedTransactionIsFound() throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, 1024, 0)) {
      history.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      history.sql("INSERT INTO t(v) VALUES(randomblob(700)),(randomblob(700)),(randomblob(700))");
      history.attach(false, true, random);
      for (int i = 0; i < 20; i++) {
        history.commit("INSERT INTO t(v) VALUES(randomblob(20))");
      }
      history.sql("PRAGMA writable_schema=1");
      history.commit("CREATE INDEX i ON t(v)");
      history.commit("UPDATE sqlite_schema SET rootpage=2 WHERE name='i'");
      long bad = history.txid();
      for (int i = 0; i < 20; i++) {
        history.commit("PRAGMA user_version=" + i);
      }
      history.detach();
      BisectReport report = bisect(history, "PRAGMA quick_check", "= 'ok'", false);
      assertThat(report.outcome()).isEqualTo(BisectReport.Outcome.FOUND);
      assertThat(report.changes().get(0).after().txid()).isEqualTo(bad);
      assertThat(bisect(history, "PRAGMA quick_check", "ok", false).changes())
          .isEqualTo(report.changes());
    }
  }

  @Test
  void whatCannotBeToldIsSaid() throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, 4096, 0)) {
      history.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      history.sql("INSERT INTO t(v) VALUES(1)");
      history.attach(false, true, random);
      history.commit("INSERT INTO t(v) VALUES(2)");
      long before = history.txid();
      history.detach();
      history.commit("DELETE FROM t");
      history.sql("PRAGMA wal_checkpoint(TRUNCATE)");
      history.commit("CREATE TABLE other(x)");
      history.attach(false, true, random);
      history.commit("INSERT INTO other VALUES(2)");
      history.detach();
      BisectReport report = bisect(history, "SELECT count(*) FROM t", "> 0", false);
      BisectReport.Change change = report.changes().get(0);
      assertThat(change.before().txid()).isEqualTo(before);
      assertThat(change.after().txid()).isEqualTo(before + 1);
      assertThat(change.after().gap()).isTrue();
      assertThat(change.before().gap()).isFalse();

      report = bisect(history, "SELECT count(*) FROM t", ">= 0", false);
      assertThat(report.outcome()).isEqualTo(BisectReport.Outcome.HOLDS_AT_END);

      // Nobody knows what was done before an agent that knows nothing began anew.
      long known = history.txid();
      history.commit("DELETE FROM other");
      history.attach(true, true, random);
      history.commit("INSERT INTO t(v) VALUES(2)");
      history.detach();
      change = bisect(history, "SELECT count(*) FROM other", "> 0", true).changes().get(1);
      assertThat(change.before().txid()).isEqualTo(known);
      assertThat(change.after().txid()).isEqualTo(known + 1);
      assertThat(change.after().gap()).isTrue();
    }
  }

  /** Behind a hole nothing can be asked: that it held before says nothing of that. */
  @Test
  void whatLiesBehindAHoleIsNotTakenForGood() throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, 4096, 0)) {
      history.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      history.attach(false, false, random);
      for (int i = 0; i < 4; i++) {
        history.commit("INSERT INTO t(v) VALUES(1)");
        history.sync();
      }
      history.commit("INSERT INTO t(v) VALUES(1)");
      history.detach();
      // The file is moved from state to state where that is cheaper than to restore it again.
      BisectReport report = bisect(history, "SELECT count(*) FROM t", "< 3", false);
      assertThat(report.changes().get(0).after().txid()).isEqualTo(4);
      assertThat(report.restores()).isEqualTo(1);
      try (Stream<Path> objects = Files.walk(dir.resolve("replica"))) {
        for (Path object : objects.toList()) {
          if (object.getFileName().toString().startsWith("0000000000000003-")) {
            Files.delete(object);
          }
        }
      }
      for (String scan : List.of("--scan", "--check=quick")) {
        List<String> args = new ArrayList<>(List.of("bisect", history.url(), scan));
        if (scan.equals("--scan")) {
          args.addAll(List.of("--query=SELECT count(*) FROM t", "--good=>= 0"));
        }
        CliRun run = CliRun.live(args.toArray(String[]::new));
        run.failedWith(ExitCode.HISTORY_DAMAGED);
        assertThat(run.err())
            .contains("The condition holds at transaction 2 of ")
            .contains("Transactions up to 6 were recorded after it, but objects are missing");
      }
    }
  }

  /** To SQLite the text '0' is greater than 0: who asks so is told. */
  @Test
  void textsThatLookLikeNumbersAreSaidToBeTexts() throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, 4096, 0)) {
      history.sql("CREATE TABLE settings(name TEXT, value TEXT)");
      history.sql("INSERT INTO settings VALUES('limit', 5)");
      history.attach(false, false, random);
      history.commit("UPDATE settings SET value = 0");
      history.detach();
      String query = "--query=SELECT value FROM settings";
      CliRun run = CliRun.live("bisect", history.url(), query, "--good=> 0").succeeded();
      assertThat(run.out())
          .contains(": the query gave 0 (a text)\n")
          .contains("note: the query gave texts that look like numbers.");
      assertThat(CliRun.live("bisect", history.url(), query, "--good=> 0", "--json").out())
          .contains("\"value\" : \"0\",\n    \"type\" : \"text\"");
      run = CliRun.live("bisect", history.url(), query, "--good== '5'").succeeded();
      assertThat(run.out())
          .contains("good  transaction 1 of ")
          .contains("note: the query gave texts");
      String cast = "--query=SELECT CAST(value AS INTEGER) FROM settings";
      run = CliRun.live("bisect", history.url(), cast, "--good=> 0").succeeded();
      assertThat(run.out()).contains("good  transaction 1 of ").doesNotContain("text");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "SELECT 1 | > 0 | true",
        "SELECT 1 | = '1' | false",
        "SELECT 'x'; | = 'x' | true",
        "SELECT 'ok' | OK | true",
        "SELECT 'abc' -- ; really | like 'a%' -- yes | true",
        "SELECT NULL | is not null | false",
        "SELECT NULL | > 0 | false",
        "SELECT 5 WHERE 0 | is null | true",
        "SELECT ';' /* ; */ | = ';' | true",
        "SELECT x'00ff' | = x'00ff' | true",
        "SELECT 0.5 | between 0 and 1 | true",
        "PRAGMA quick_check | ok | true",
        "WITH a AS (SELECT 3 AS n) SELECT n FROM a | IN (3, 4) | true",
        "SELECT n FROM nowhere | is null | false",
      })
  void whatIsGood(String query, String good, boolean held) throws Exception {
    try (Connection empty = DriverManager.getConnection("jdbc:sqlite::memory:")) {
      assertThat(new Condition(query, good).ask(empty).good()).isEqualTo(held);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "SELECT 1; SELECT 2 | > 0 | several statements",
        "DELETE FROM t | > 0 | must be a query",
        "ATTACH 'x' AS y | > 0 | must be a query",
        "SELECT 1 | 5 | is no operator",
        "SELECT 1 | > | is no operator",
        "SELECT 1 | > 0) , (1 | is no operator",
        "SELECT 1 | > 0; DROP TABLE t | several statements",
        "SELECT 1 | > (SELECT max(id) FROM t) | is no operator",
        "SELEC 1 | > 0 | must be a query",
        "SELECT FROM | > 0 | cannot be asked",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a | > 0 | cannot be asked",
        "PRAGMA user_version=5 | is null | cannot be asked",
        "PRAGMA writable_schema=1 | is null | cannot be asked",
      })
  void whatCannotBeMeant(String query, String good, String message) throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("x.db"))) {
      try (Statement s = c.createStatement()) {
        s.execute("CREATE TABLE t(id)");
      }
      assertThatThrownBy(() -> new Condition(query, good).ask(c))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining(message);
    }
  }
}
