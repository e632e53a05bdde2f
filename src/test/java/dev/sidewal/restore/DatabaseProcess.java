package dev.sidewal.restore;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** Another process that has a database open in WAL mode, and committed a row that is in its log. */
final class DatabaseProcess implements AutoCloseable {

  private final Process process;

  private DatabaseProcess(Process process) {
    this.process = process;
  }

  static DatabaseProcess open(Path database) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                DatabaseProcess.class.getName(),
                database.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    if (!"ready".equals(out.readLine())) {
      throw new IOException("the process did not come up");
    }
    return new DatabaseProcess(process);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Kills it, so that the log stays behind. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
  }

  /** Runs as that process. */
  public static void main(String[] args) throws SQLException, IOException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + args[0] + "?busy_timeout=100");
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("CREATE TABLE IF NOT EXISTS t(x)");
      statement.execute("INSERT INTO t VALUES('in the log')");
      System.out.println("ready");
      if (System.in.read() < 0) {
        System.out.println("end");
      }
    }
  }
}
