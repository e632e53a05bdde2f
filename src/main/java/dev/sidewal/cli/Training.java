package dev.sidewal.cli;

import dev.sidewal.agent.Replication;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.error.SidewalException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The run that {@code deploy/sidewal --make-cache} lets the JVM watch: what is loaded here is in
 * the archive of classes, and how often it ran in the profiles of an AOT cache. So it goes through
 * the commands that scripts call and through an agent under load, with a directory and, if told so,
 * with an S3 server of its own; in a scratch directory, which it removes.
 */
final class Training {

  /** The system property that asks for it instead of a command: {@code files} or {@code s3}. */
  static final String PROPERTY = "sidewal.training";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int SMALL = 3_000;
  private static final int LARGE = 30;

  private final CliContext context;
  private final Path scratch;
  private final Path database;

  private Training(CliContext context, Path scratch) {
    this.context = context;
    this.scratch = scratch;
    this.database = scratch.resolve("app.db");
  }

  /**
   * Does it.
   *
   * @param s3 whether with an S3 server too
   * @return the process's exit code
   */
  static int run(CliContext context, boolean s3)
      throws IOException, SQLException, InterruptedException {
    Path scratch = Files.createTempDirectory("sidewal-training-");
    try {
      return new Training(context, scratch).run(s3);
    } catch (TimeoutException e) {
      throw new IllegalStateException("the training took longer than " + PATIENCE, e);
    } finally {
      remove(scratch);
    }
  }

  private int run(boolean s3)
      throws IOException, SQLException, InterruptedException, TimeoutException {
    try (Connection writer = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement sql = writer.createStatement()) {
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT)");
      commands("file:" + scratch.resolve("first"));
      if (s3) {
        try (TrainingStore store = new TrainingStore()) {
          commands(store.url());
        }
      }
      follow(sql, "file:" + scratch.resolve("second"));
    }
    return 0;
  }

  private void commands(String url) throws IOException {
    String file = scratch.resolve("restored.db").toString();
    String live = database.toString();
    for (List<String> command :
        List.of(
            List.of("--version"),
            List.of("replicate", "--once", "--listen", "off", live, url),
            List.of("info", url),
            List.of("info", "--json", url),
            List.of("log", url),
            List.of("verify", url),
            List.of("restore", "--check", "full", "-o", file, url),
            List.of("restore", "--if-not-exists", "-o", file, url))) {
      int code = Cli.run(context, command.toArray(String[]::new));
      if (code != 0) {
        throw new IllegalStateException("'" + command.get(0) + "' ended with " + code);
      }
    }
    Files.delete(Path.of(file));
  }

  private void follow(Statement sql, String url)
      throws SQLException, InterruptedException, TimeoutException {
    try (Replication agent = Sidewal.replicate(database, url)) {
      agent.sync(PATIENCE);
      for (int i = 0; i < SMALL; i++) {
        sql.execute("INSERT INTO t(text) VALUES(hex(randomblob(50)))");
      }
      for (int i = 0; i < LARGE; i++) {
        sql.execute("INSERT INTO t(text) VALUES(hex(randomblob(200000)))");
      }
      agent.sync(PATIENCE);
    } catch (SidewalException e) {
      throw new IllegalStateException("the agent of the training failed", e);
    }
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
