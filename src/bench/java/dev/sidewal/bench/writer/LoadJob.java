package dev.sidewal.bench.writer;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A bulk load: 200 rows a transaction, each a random key that has an index and a value of 980
 * bytes.
 *
 * @param bytes how many of keys and values together
 * @param text values of words, else of random bytes
 */
record LoadJob(long bytes, boolean text) implements Writer.Job {

  private static final int ROWS = 200;
  private static final int KEY = 16;
  private static final int VALUE = 980;

  @Override
  public void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, k BLOB, v " + type() + ")");
      statement.execute("CREATE INDEX i ON t(k)");
    }
  }

  private String type() {
    return text ? "TEXT" : "BLOB";
  }

  @Override
  public Map<String, String> run(
      Connection connection, Writer.LogSize log, SplittableRandom random, long deadline)
      throws IOException, SQLException {
    Latencies latencies = new Latencies(2048);
    Words words = new Words(random);
    byte[][] keys = new byte[ROWS][KEY];
    byte[][] values = new byte[ROWS][VALUE];
    long written = 0;
    long rows = 0;
    connection.setAutoCommit(false);
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO t(k, v) VALUES(?, ?)")) {
      long begin = System.nanoTime();
      long before = begin;
      while (written < bytes && before < deadline) {
        for (int i = 0; i < ROWS; i++) {
          random.nextBytes(keys[i]);
          if (text) {
            words.fill(values[i]);
          } else {
            random.nextBytes(values[i]);
          }
        }
        before = System.nanoTime();
        for (int i = 0; i < ROWS; i++) {
          insert.setBytes(1, keys[i]);
          if (text) {
            insert.setString(2, Words.text(values[i]));
          } else {
            insert.setBytes(2, values[i]);
          }
          insert.executeUpdate();
        }
        connection.commit();
        latencies.add(System.nanoTime() - before);
        log.look();
        written += ROWS * (KEY + VALUE);
        rows += ROWS;
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      long end = Clocks.micros();
      Map<String, String> figures = latencies.figures();
      figures.put("seconds", Double.toString(seconds));
      figures.put("rate", Double.toString(written / 1e6 / seconds));
      figures.put("log", log.megabytes());
      figures.put("rows", Long.toString(rows));
      figures.put("end", Long.toString(end));
      return figures;
    } finally {
      connection.setAutoCommit(true);
    }
  }
}
