package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code replicate --config} with databases that are there. */
final class ReplicateConfigTest {

  @TempDir Path dir;

  private void database(String name) throws IOException, SQLException {
    Path path = dir.resolve(name);
    Files.createDirectories(path.getParent());
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + path);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("CREATE TABLE t(x)");
      statement.execute("INSERT INTO t VALUES('" + name + "')");
    }
  }

  private String restored(String url) throws SQLException {
    Path output = dir.resolve("restored-" + url.replace('/', '-') + ".db");
    CliRun.of("restore", "-o", output.toString(), "file:" + dir.resolve(url)).succeeded();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + output);
        Statement statement = connection.createStatement()) {
      return statement.executeQuery("SELECT x FROM t").getString(1);
    }
  }

  @Test
  void everyDatabaseOfTheFileIsShippedToItsReplica() throws IOException, SQLException {
    database("one.db");
    database("tenants/a/main.db");
    database("tenants/b.sqlite");
    database("tenants/not-one.dat");
    database("queues/3/queue.db");
    Path file =
        Files.writeString(
            dir.resolve("s.yaml"),
            """
            url: file:%1$s/backup
            listen: off
            databases:
              - path: %1$s/one.db
              - directory: ${TEST_DIR}/tenants
              - glob: %1$s/queues/*/queue.db
                url: file:%1$s/elsewhere
            """
                .formatted(dir));
    CliRun.with(
            Map.of("TEST_DIR", dir.toString()), "replicate", "--once", "--config", file.toString())
        .succeeded();
    assertThat(restored("backup/one.db")).isEqualTo("one.db");
    assertThat(restored("backup/tenants/a/main.db")).isEqualTo("tenants/a/main.db");
    assertThat(restored("backup/tenants/b.sqlite")).isEqualTo("tenants/b.sqlite");
    assertThat(restored("elsewhere/3/queue.db")).isEqualTo("queues/3/queue.db");
    assertThat(dir.resolve("backup/tenants/not-one.dat")).doesNotExist();
  }

  @Test
  void oneDatabaseOfAFileIsLikeOneOfTheCommandLine() throws IOException, SQLException {
    database("one.db");
    Path file =
        Files.writeString(
            dir.resolve("s.yaml"),
            "databases: [{path: %1$s/one.db, url: 'file:%1$s/backup'}]\nlisten: off\n"
                .formatted(dir));
    CliRun.of("replicate", "--once", "--config", file.toString()).succeeded();
    assertThat(restored("backup")).isEqualTo("one.db");
    CliRun run = CliRun.of("replicate", "--exec", "exit 3", "--config", file.toString());
    assertThat(run.code()).as(run.err()).isEqualTo(3);
    Files.delete(dir.resolve("one.db"));
    Files.deleteIfExists(dir.resolve("one.db-wal"));
    CliRun.of("replicate", "--once", "--config", file.toString()).failedWith(ExitCode.DATABASE);
  }
}
