package dev.sidewal.bench.writer;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.SplittableRandom;

/** Many small commits, one right after the other. */
record CommitsJob(int count) implements Writer.Job {

  private static final int DIFFERENT = 1024;
  private static final int LENGTH = 100;

  @Override
  public void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)");
    }
  }

  @Override
  public Map<String, String> run(
      Connection connection, Writer.LogSize log, SplittableRandom random, long deadline)
      throws IOException, SQLException {
    String[] texts = texts(random);
    Latencies latencies = new Latencies(count);
    try (PreparedStatement insert = connection.prepareStatement("INSERT INTO t(v) VALUES(?)")) {
      long begin = System.nanoTime();
      long before = begin;
      for (int i = 0; i < count && before < deadline; i++) {
        insert.setString(1, texts[i % DIFFERENT]);
        before = System.nanoTime();
        insert.executeUpdate();
        latencies.add(System.nanoTime() - before);
        if (i % 64 == 0) {
          log.look();
        }
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      long end = Clocks.micros();
      Map<String, String> figures = latencies.figures();
      figures.put("seconds", Double.toString(seconds));
      figures.put("rate", Double.toString(count / seconds));
      figures.put("log", log.megabytes());
      figures.put("rows", Integer.toString(count));
      figures.put("end", Long.toString(end));
      return figures;
    }
  }

  private static String[] texts(SplittableRandom random) {
    String[] texts = new String[DIFFERENT];
    for (int i = 0; i < DIFFERENT; i++) {
      StringBuilder text = new StringBuilder();
      while (text.length() < LENGTH) {
        text.append(Long.toHexString(random.nextLong()));
      }
      text.setLength(LENGTH);
      texts[i] = text.toString();
    }
    return texts;
  }
}
