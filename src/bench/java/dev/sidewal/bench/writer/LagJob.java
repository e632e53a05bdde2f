package dev.sidewal.bench.writer;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** One small commit now and then, with the moment at which each began and returned. */
record LagJob(int count, Duration from, Duration to) implements Writer.Job {

  @Override
  public void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)");
    }
  }

  @Override
  public Map<String, String> run(
      Connection connection, Writer.LogSize log, SplittableRandom random, long deadline)
      throws IOException, SQLException, InterruptedException {
    StringBuilder begun = new StringBuilder();
    StringBuilder returned = new StringBuilder();
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO t(v) VALUES('a row of the lag scenario')")) {
      for (int i = 0; i < count && System.nanoTime() < deadline; i++) {
        long pause = from.toMillis() + random.nextLong(to.minus(from).toMillis() + 1);
        Thread.sleep(deadline == Long.MAX_VALUE ? pause : 10);
        begun.append(begun.isEmpty() ? "" : ",").append(Clocks.micros());
        insert.executeUpdate();
        returned.append(returned.isEmpty() ? "" : ",").append(Clocks.micros());
      }
    }
    Map<String, String> figures = new LinkedHashMap<>();
    figures.put("begun", begun.toString());
    figures.put("returned", returned.toString());
    figures.put("rows", Integer.toString(count));
    return figures;
  }
}
