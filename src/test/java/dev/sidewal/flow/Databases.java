package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What tests do with database files: SQL, and comparing them byte for byte. */
public final class Databases {

  private static final int CHUNK = 1 << 20;
  private static final int FIRST_TRUNK = 32;

  private Databases() {}

  /** Opens a database as an application would, which waits for locks. */
  public static Connection open(Path database) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
    run(connection, "PRAGMA busy_timeout=30000");
    return connection;
  }

  /** Runs statements, each with its results thrown away. */
  public static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Opens a database, runs statements, closes it. */
  public static void run(Path database, String... statements) throws SQLException {
    try (Connection connection = open(database)) {
      run(connection, statements);
    }
  }

  /** Returns the columns of all rows of a query as text. */
  public static List<String> query(Path database, String sql) throws SQLException {
    try (Connection connection = open(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> all = new ArrayList<>();
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          row.add(rows.getString(i));
        }
        all.add(String.join("|", row));
      }
      return all;
    }
  }

  /** Returns the one number that a query has as its result. */
  public static long number(Path database, String sql) throws SQLException {
    List<String> rows = query(database, sql);
    assertThat(rows).as(sql).hasSize(1);
    return Long.parseLong(rows.get(0));
  }

  /** Moves everything into the database file and empties the log. */
  public static void checkpoint(Path database) throws SQLException {
    assertThat(query(database, "PRAGMA wal_checkpoint(TRUNCATE)")).containsExactly("0|0|0");
  }

  /**
   * Checks that a restored file is the source byte for byte, apart from pages for which SQLite
   * defines no content and that the log never carried: leaves of the free list, which are zeros in
   * the restored file.
   *
   * @return how many such pages there are
   */
  public static int assertSame(Path source, Path restored) throws IOException {
    try (RandomAccessFile a = new RandomAccessFile(source.toFile(), "r");
        RandomAccessFile b = new RandomAccessFile(restored.toFile(), "r")) {
      assertThat(b.length()).as("length of %s", restored).isEqualTo(a.length());
      byte[] header = new byte[18];
      a.readFully(header);
      int pageSize = ((header[16] & 0xff) << 8) | (header[17] & 0xff);
      pageSize = pageSize == 1 ? 65536 : pageSize;
      List<Long> different = differentPages(a, b, pageSize);
      if (different.isEmpty()) {
        return 0;
      }
      Set<Long> leaves = freeListLeaves(a, pageSize);
      byte[] page = new byte[pageSize];
      for (long number : different) {
        assertThat(leaves.contains(number))
            .as(
                "page %d of %s differs from the source and is no leaf of the free list"
                    + " (%d pages of %d bytes differ)",
                number, restored, different.size(), pageSize)
            .isTrue();
        b.seek((number - 1) * pageSize);
        b.readFully(page);
        assertThat(page).as("free page %d of %s", number, restored).containsOnly(0);
      }
      return different.size();
    }
  }

  private static List<Long> differentPages(RandomAccessFile a, RandomAccessFile b, int pageSize)
      throws IOException {
    List<Long> different = new ArrayList<>();
    byte[] left = new byte[CHUNK];
    byte[] right = new byte[CHUNK];
    long length = a.length();
    a.seek(0);
    b.seek(0);
    for (long at = 0; at < length; at += CHUNK) {
      int count = (int) Math.min(CHUNK, length - at);
      a.readFully(left, 0, count);
      b.readFully(right, 0, count);
      if (Arrays.mismatch(left, 0, count, right, 0, count) < 0) {
        continue;
      }
      for (int page = 0; page < count; page += pageSize) {
        int end = Math.min(page + pageSize, count);
        if (Arrays.mismatch(left, page, end, right, page, end) >= 0) {
          different.add((at + page) / pageSize + 1);
        }
      }
    }
    return different;
  }

  /** Walks the free list: trunk pages hold the next trunk, a count, and the numbers of leaves. */
  private static Set<Long> freeListLeaves(RandomAccessFile file, int pageSize) throws IOException {
    Set<Long> leaves = new HashSet<>();
    Set<Long> trunks = new HashSet<>();
    file.seek(FIRST_TRUNK);
    long trunk = Integer.toUnsignedLong(file.readInt());
    while (trunk != 0) {
      assertThat(trunks.add(trunk)).as("the free list has no loop at page %d", trunk).isTrue();
      file.seek((trunk - 1) * pageSize);
      trunk = Integer.toUnsignedLong(file.readInt());
      int count = file.readInt();
      for (int i = 0; i < count; i++) {
        leaves.add(Integer.toUnsignedLong(file.readInt()));
      }
    }
    return leaves;
  }
}
