package dev.sidewal.bench.scenario;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Databases such as the tenants of a service have, and an application that writes some of them. */
final class SmallDatabases {

  private static final int ROWS = 500;

  private SmallDatabases() {}

  /** Makes them, and returns their paths. */
  static List<Path> create(Path directory, int count) throws SQLException {
    List<Path> paths = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < count; i++) {
      Path path = directory.resolve(String.format(Locale.ROOT, "t%04d.db", i));
      try (Connection connection = open(path);
          Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA journal_mode=WAL");
        statement.execute("PRAGMA synchronous=OFF"); // They are made, not measured.
        statement.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)");
        statement.execute("CREATE INDEX i ON t(v)");
        connection.setAutoCommit(false);
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO t(v) VALUES(?)")) {
          for (int row = 0; row < ROWS; row++) {
            insert.setString(1, Double.toString(random.nextDouble()).repeat(5));
            insert.executeUpdate();
          }
        }
        connection.commit();
      }
      paths.add(path);
    }
    return paths;
  }

  private static Connection open(Path path) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + path);
  }

  /** Begins to write databases, each once in a while, until it is stopped. */
  static Writer write(List<Path> paths, Duration every) {
    return new Writer(paths, every);
  }

  /** A thread that writes databases. */
  static final class Writer implements AutoCloseable {

    private final List<Path> paths;
    private final Duration every;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "bench-small-writer");
    private volatile boolean done;

    private Writer(List<Path> paths, Duration every) {
      this.paths = paths;
      this.every = every;
      thread.setDaemon(true);
      thread.start();
    }

    private void run() {
      List<Connection> connections = new ArrayList<>();
      try {
        for (Path path : paths) {
          connections.add(open(path));
        }
        while (!stopped.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
          for (Connection connection : connections) {
            try (Statement statement = connection.createStatement()) {
              statement.execute("INSERT INTO t(v) VALUES(hex(randomblob(20)))");
            }
          }
        }
        for (Connection connection : connections) {
          connection.close();
        }
        done = true;
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** Stops, and waits until the databases are closed. */
    void stop() throws IOException, InterruptedException {
      close();
      thread.join();
      if (!done) {
        throw new IOException("the application that writes some of the databases has failed");
      }
    }

    @Override
    public void close() {
      stopped.countDown();
    }
  }
}
