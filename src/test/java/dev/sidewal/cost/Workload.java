package dev.sidewal.cost;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;

/**
 * An application with a table of items and one of events. Each transaction is one statement: every
 * other one adds an event (some 100 bytes), every other one changes two columns of an item that is
 * drawn evenly from all of them, which is the worst case for pages that change. Texts are words,
 * and compress as such.
 */
final class Workload implements AutoCloseable {

  private static final String[] WORDS =
      ("order paid shipped returned customer address invoice pending payment card transfer refund"
              + " warehouse parcel label carrier tracking delivered delayed damaged replacement"
              + " blue green large small cotton steel paper box of for with to from and the night"
              + " morning evening monday friday total discount voucher account email phone")
          .split(" ");

  private final int items;
  private final Random random;
  private final Connection connection;
  private final PreparedStatement event;
  private final PreparedStatement change;
  private long transactions;

  private Workload(int items, Random random, Connection connection) throws SQLException {
    this.items = items;
    this.random = random;
    this.connection = connection;
    this.event = connection.prepareStatement("INSERT INTO event(item, time, what) VALUES(?, ?, ?)");
    this.change = connection.prepareStatement("UPDATE item SET price=?, note=? WHERE id=?");
  }

  /** Creates a database with so many items. */
  static Workload create(Path database, int items, long seed) throws SQLException {
    Random random = new Random(seed);
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
    try (Statement s = connection.createStatement()) {
      s.execute("PRAGMA journal_mode=WAL");
      // The disk of the machine that simulates is not what is measured.
      s.execute("PRAGMA synchronous=OFF");
      s.execute("CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, price INT, note TEXT)");
      s.execute("CREATE TABLE event(id INTEGER PRIMARY KEY, item INT, time INT, what TEXT)");
    }
    connection.setAutoCommit(false);
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO item VALUES(?, ?, ?, ?)")) {
      for (int id = 1; id <= items; id++) {
        insert.setInt(1, id);
        insert.setString(2, words(random, 6));
        insert.setInt(3, random.nextInt(100_000));
        insert.setString(4, words(random, 10));
        insert.execute();
      }
    }
    connection.commit();
    connection.setAutoCommit(true);
    return new Workload(items, random, connection);
  }

  private static String words(Random random, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(WORDS[random.nextInt(WORDS.length)]).append(i + 1 < count ? " " : "");
    }
    return text.toString();
  }

  /** Commits one transaction. */
  void commit() throws SQLException {
    if (++transactions % 2 == 0) {
      event.setInt(1, 1 + random.nextInt(items));
      event.setLong(2, 1_767_225_600_000L + transactions);
      event.setString(3, words(random, 10));
      event.execute();
    } else {
      change.setInt(1, random.nextInt(100_000));
      change.setString(2, words(random, 10));
      change.setInt(3, 1 + random.nextInt(items));
      change.execute();
    }
  }

  /** Copies the database as it is now, page by page. */
  void copyTo(Path file) throws SQLException {
    try (Statement s = connection.createStatement()) {
      s.executeUpdate("backup to '" + file + "'");
    }
  }

  /** Returns how many transactions were committed since the database was created. */
  long transactions() {
    return transactions;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
