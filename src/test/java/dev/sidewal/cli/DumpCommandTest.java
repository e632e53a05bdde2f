package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sidewal dump}: where it reads from and writes to. */
final class DumpCommandTest {

  @TempDir Path dir;

  private Path database() throws SQLException {
    Path database = dir.resolve("app.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement s = c.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      s.execute("CREATE TABLE t(a)");
      s.execute("INSERT INTO t VALUES('one'), (2)");
    }
    return database;
  }

  @Test
  void aLiveDatabaseGoesToStandardOutput() throws Exception {
    Path database = database();
    assertThat(CliRun.of("dump", database.toString()).succeeded().out())
        .isEqualTo(
            "-- Sidewal development: database "
                + database
                + "\n"
                + "-- Load it into a new database: sqlite3 new.db < FILE\n"
                + "PRAGMA foreign_keys=OFF;\n"
                + "PRAGMA page_size=4096;\n"
                + "PRAGMA auto_vacuum=0;\n"
                + "PRAGMA encoding='UTF-8';\n"
                + "BEGIN TRANSACTION;\n"
                + "CREATE TABLE t(a);\n"
                + "INSERT INTO \"t\" VALUES('one');\n"
                + "INSERT INTO \"t\" VALUES(2);\n"
                + "PRAGMA user_version=0;\n"
                + "PRAGMA application_id=0;\n"
                + "COMMIT;\n"
                + "-- end of dump: 1 table, 2 rows\n");
  }

  @Test
  void aMomentOfAReplicaIsNamedAndDumped() throws Exception {
    TestReplica replica = TestReplica.write(dir, 4);
    String text = CliRun.of("dump", replica.url(), "--txid", "3").succeeded().out();
    assertThat(text)
        .startsWith(
            "-- Sidewal development: transaction 3 of 2026-11-21T10:20:00.250Z in "
                + replica.url()
                + "\n")
        .endsWith("COMMIT;\n-- end of dump: 1 table, 2 rows\n");
    assertThat(
            CliRun.of("dump", replica.url(), "--timestamp", "2026-11-21T10:29:00Z")
                .succeeded()
                .out())
        .isEqualTo(text);
    assertThat(CliRun.of("dump", replica.url(), "--schema-only").succeeded().out())
        .contains("transaction 4 of", "(only the schema)", "CREATE TABLE t")
        .doesNotContain("INSERT");
    CliRun.of("dump", replica.url(), "--txid", "9").failedWith(ExitCode.TARGET_UNAVAILABLE);
    CliRun.of("dump", "file:" + dir.resolve("none")).failedWith(ExitCode.NO_BACKUP);
  }

  @Test
  void aFileIsMadeOnlyWhenItIsComplete() throws Exception {
    Path database = database();
    Path file = dir.resolve("out.sql");
    CliRun.of("dump", database.toString(), "--table", "nope", "-o", file.toString())
        .failedWith(ExitCode.USAGE);
    CliRun.of("dump", dir.resolve("none.db").toString(), "-o", file.toString())
        .failedWith(ExitCode.DATABASE);
    assertThat(file).doesNotExist();
    assertThat(CliRun.of("dump", database.toString(), "-o", file.toString()).succeeded().out())
        .isEmpty();
    assertThat(file).content().startsWith("-- Sidewal").endsWith("1 table, 2 rows\n");
    Files.writeString(file, "mine");
    CliRun.of("dump", database.toString(), "-o", file.toString())
        .failedWith(ExitCode.WOULD_OVERWRITE);
    assertThat(file).hasContent("mine");
    // What a killed dump to the same file left goes with the next one.
    Files.writeString(dir.resolve(".out.sql.sidewal-dump-1f"), "half");
    CliRun.of("dump", database.toString(), "-o", file.toString(), "--force").succeeded();
    assertThat(file).content().startsWith("-- Sidewal");
    try (var files = Files.list(dir)) {
      assertThat(files.map(f -> f.getFileName().toString())).noneMatch(f -> f.contains("sidewal"));
    }
  }

  @Test
  void aTextThatDidNotArriveIsNoSuccess() throws Exception {
    StringBuilder said = new StringBuilder();
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    OutputStream err =
        new OutputStream() {
          @Override
          public void write(int b) {
            said.append((char) b);
          }
        };
    CliContext context =
        new CliContext(
            Output.of(full),
            ErrorOutput.of(err, false),
            Clock.systemUTC(),
            (level, format, debug) -> {},
            Map.of());
    assertThat(Cli.run(context, "dump", database().toString())).isEqualTo(1);
    assertThat(said.toString()).contains("the result is incomplete (No space left on device)");
  }
}
