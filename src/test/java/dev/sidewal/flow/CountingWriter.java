package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An application in another process and with another SQLite ({@code counter.py}): its transactions
 * count up, so that a restored state tells which one it is of. Closing kills it.
 */
final class CountingWriter implements AutoCloseable {

  private static final Path SCRIPT = Path.of("src/test/resources/writers/counter.py");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * What it has done.
   *
   * @param seq the last transaction that it committed
   * @param slowest the longest time that one took
   * @param failures attempts that failed
   */
  record Status(long seq, Duration slowest, long failures) {}

  /** How it writes. */
  record Options(int perSecond, int bytes, Duration busyTimeout, boolean goesOn) {
    static final Options DEFAULT = new Options(50, 300, Duration.ofSeconds(30), false);

    Options perSecond(int count) {
      return new Options(count, bytes, busyTimeout, goesOn);
    }

    Options bytes(int count) {
      return new Options(perSecond, count, busyTimeout, goesOn);
    }

    Options busyTimeout(Duration timeout) {
      return new Options(perSecond, bytes, timeout, goesOn);
    }

    /** Attempts that fail are made again, instead of ending the writer. */
    Options andGoesOn() {
      return new Options(perSecond, bytes, busyTimeout, true);
    }
  }

  private final Process process;
  private final Path status;

  private CountingWriter(Process process, Path status) {
    this.process = process;
    this.status = status;
  }

  /** Makes the database that it writes, in WAL mode, with nothing written yet: seq is 0. */
  static void create(Path database, String... pragmas) throws SQLException {
    List<String> sql = new ArrayList<>(List.of(pragmas));
    sql.addAll(
        List.of(
            "PRAGMA journal_mode=WAL",
            "CREATE TABLE t(id INTEGER PRIMARY KEY, h INTEGER, v BLOB)",
            "CREATE TABLE meta(seq INTEGER)",
            "INSERT INTO meta VALUES(0)"));
    Databases.run(database, sql.toArray(String[]::new));
  }

  /** Starts it; returns when it has committed once. */
  static CountingWriter start(Path database, Options options) throws IOException {
    Path status = Files.createTempFile("sidewal-counter", ".status");
    List<String> command =
        new ArrayList<>(
            List.of(
                "python3",
                SCRIPT.toString(),
                database.toString(),
                status.toString(),
                Integer.toString(options.perSecond),
                Integer.toString(options.bytes),
                Double.toString(options.busyTimeout.toMillis() / 1e3)));
    if (options.goesOn) {
      command.add("go-on");
    }
    CountingWriter writer =
        new CountingWriter(
            new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start(),
            status);
    writer.awaitSeq(1);
    return writer;
  }

  /** Returns what it has done so far. */
  Status status() {
    try {
      String[] words = Files.readString(status).trim().split(" ", -1);
      return words.length < 3
          ? new Status(0, Duration.ZERO, 0)
          : new Status(
              Long.parseLong(words[0]),
              Duration.ofNanos(1000 * Long.parseLong(words[1])),
              Long.parseLong(words[2]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it has committed a transaction. */
  void awaitSeq(long seq) {
    await("transaction " + seq + " of the application")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .failFast("the writer ended", () -> !process.isAlive())
        .until(() -> status().seq() >= seq);
  }

  /** Waits until it has committed so many more. */
  void awaitMore(long transactions) {
    awaitSeq(status().seq() + transactions);
  }

  /** Has it end after the transaction that it is in; returns what it did. */
  Status end() throws IOException, InterruptedException {
    process.getOutputStream().close();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the writer ends").isTrue();
    assertThat(process.exitValue()).as("exit code of the writer").isZero();
    return status();
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    Files.deleteIfExists(status);
  }
}
