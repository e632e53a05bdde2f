package dev.sidewal.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.zip.CRC32;
import org.sqlite.SQLiteErrorCode;

/**
 * What {@code hammer.py} does, by a thread of this process: commits, rolls back, spills,
 * checkpoints in every mode and reconnects, and says in the same log what it commits.
 */
final class EmbeddedWriter implements Callable<Integer> {

  private static final long MODULUS = (1L << 61) - 1;
  private static final int MOST_ROWS = 400;

  private final Path database;
  private final Path log;
  private final Random random;
  private final long end;
  private Connection connection;
  private int commits;

  /**
   * Creates a writer.
   *
   * @param end a moment of {@link System#nanoTime}
   */
  EmbeddedWriter(Path database, Path log, long seed, long end) {
    this.database = database;
    this.log = log;
    this.random = new Random(seed);
    this.end = end;
  }

  /** Writes until its time is over; returns how many transactions it committed. */
  @Override
  public Integer call() throws Exception {
    try (FileChannel out = FileChannel.open(log, StandardOpenOption.APPEND)) {
      connect();
      while (System.nanoTime() - end < 0) {
        try {
          step(out);
        } catch (SQLException e) {
          if ((e.getErrorCode() & 0xff) != SQLiteErrorCode.SQLITE_BUSY.code
              && (e.getErrorCode() & 0xff) != SQLiteErrorCode.SQLITE_LOCKED.code) {
            throw e;
          }
          rollBack();
        }
      }
      return commits;
    } finally {
      connection.close();
    }
  }

  private void connect() throws SQLException {
    connection = Databases.open(database);
    run("PRAGMA synchronous=" + (random.nextBoolean() ? "NORMAL" : "OFF"));
    if (random.nextInt(3) == 0) {
      run("PRAGMA cache_size=5");
    }
    if (random.nextInt(3) == 0) {
      run("PRAGMA wal_autocheckpoint=" + new int[] {0, 1, 100}[random.nextInt(3)]);
    }
  }

  private void step(FileChannel out) throws SQLException, IOException {
    int kind = random.nextInt(100);
    if (kind < 75) {
      run("BEGIN IMMEDIATE");
      change(1 + random.nextInt(9));
      commit(out);
    } else if (kind < 80) {
      run("BEGIN IMMEDIATE");
      change(1 + random.nextInt(60));
      run("ROLLBACK");
    } else if (kind < 85) {
      run("PRAGMA cache_size=5");
      run("BEGIN IMMEDIATE");
      change(30);
      run("SAVEPOINT s");
      change(30);
      if (random.nextBoolean()) {
        run("ROLLBACK TO s");
      }
      run("RELEASE s");
      commit(out);
      run("PRAGMA cache_size=-2000");
    } else if (kind < 90) {
      String mode = new String[] {"PASSIVE", "FULL", "RESTART", "TRUNCATE"}[random.nextInt(4)];
      run("PRAGMA busy_timeout=" + new int[] {1, 20, 100}[random.nextInt(3)]);
      run("PRAGMA wal_checkpoint(" + mode + ")");
      run("PRAGMA busy_timeout=30000");
    } else if (kind < 97) {
      connection.close();
      connect();
    } else {
      run("BEGIN");
      number("SELECT count(*) FROM t");
      run("ROLLBACK");
    }
  }

  private void change(int count) throws SQLException {
    try (PreparedStatement put = connection.prepareStatement("INSERT INTO t(h, v) VALUES(?, ?)")) {
      for (int i = 0; i < count; i++) {
        if (random.nextInt(4) == 0) {
          run(
              "DELETE FROM t WHERE id=(SELECT id FROM t WHERE id>="
                  + random.nextInt(5000)
                  + " LIMIT 1)");
          continue;
        }
        byte[] value = new byte[new int[] {10, 100, 1000, 20_000}[random.nextInt(4)]];
        random.nextBytes(value);
        CRC32 crc = new CRC32();
        crc.update(value);
        put.setLong(1, crc.getValue());
        put.setBytes(2, value);
        put.executeUpdate();
      }
    }
    if (number("SELECT count(*) FROM t") > MOST_ROWS) {
      run("DELETE FROM t WHERE id IN (SELECT id FROM t ORDER BY random() LIMIT 200)");
    }
  }

  private void commit(FileChannel out) throws SQLException, IOException {
    long seq = number("SELECT seq FROM meta") + 1;
    run("UPDATE meta SET seq=" + seq);
    long rows = 0;
    long sum = 0;
    long product = 0;
    try (Statement s = connection.createStatement();
        ResultSet row = s.executeQuery("SELECT id, h FROM t")) {
      while (row.next()) {
        rows++;
        sum += row.getLong(2);
        product = (product + Math.floorMod(row.getLong(1) * row.getLong(2), MODULUS)) % MODULUS;
      }
    }
    say(out, "P " + seq + " " + rows + " " + sum + " " + product + " ");
    run("COMMIT");
    say(out, "C " + seq + " ");
    commits++;
  }

  private static void say(FileChannel out, String what) throws IOException {
    out.write(
        ByteBuffer.wrap(
            (what + System.currentTimeMillis() + "\n").getBytes(StandardCharsets.US_ASCII)));
  }

  private void rollBack() throws SQLException {
    try {
      run("ROLLBACK");
    } catch (SQLException e) {
      // There is no transaction any more.
      run("PRAGMA busy_timeout=30000");
    }
  }

  private void run(String sql) throws SQLException {
    Databases.run(connection, sql);
  }

  private long number(String sql) throws SQLException {
    try (Statement s = connection.createStatement();
        ResultSet row = s.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}
