package dev.sidewal.bench.micro;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.SplittableRandom;

/** Kinds of transactions, as SQLite writes them: their frames are taken from a real log. */
public enum Workload {
  /** One row of 100 bytes a commit, one index: each changes few bytes of a few pages. */
  COMMITS("commits of one row", 1, 100, true),
  /** 200 rows a commit, values of words, an index on a random key. */
  LOAD("bulk load, random index", 200, 1000, true),
  /** 200 rows a commit, random bytes: nothing compresses. */
  RANDOM("incompressible pages", 200, 1000, false);

  /** The page size of all of them. */
  public static final int PAGE_SIZE = 4096;

  private static final int PRELOADED = 20_000;
  private static final int WORDS = 4096;
  private static final int WAL_HEADER = 32;
  private static final int FRAME_HEADER = 24;

  private final String title;
  private final int rows;
  private final int valueBytes;
  private final boolean indexed;

  Workload(String title, int rows, int valueBytes, boolean indexed) {
    this.title = title;
    this.rows = rows;
    this.valueBytes = valueBytes;
    this.indexed = indexed;
  }

  /**
   * Frames in the order of the log.
   *
   * @param pages all page images, one behind the other
   * @param numbers the page number of each
   * @param ends the database's size in pages if the frame ends a transaction, else 0
   */
  @SuppressWarnings("ArrayRecordComponent") // Read in loops that are measured.
  public record Frames(byte[] pages, long[] numbers, long[] ends) {
    /** Returns how many there are. */
    public int count() {
      return numbers.length;
    }
  }

  /** Returns what the table calls it. */
  public String title() {
    return title;
  }

  /** Has SQLite write so many bytes of page images; the last transaction may be cut short. */
  public Frames frames(int bytes) {
    try {
      Path directory = Files.createTempDirectory("sidewal-bench");
      Path database = directory.resolve("db");
      Path log = directory.resolve("db-wal");
      try {
        return written(database, log, bytes);
      } finally {
        for (String name : new String[] {"db", "db-wal", "db-shm"}) {
          Files.deleteIfExists(directory.resolve(name));
        }
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Frames written(Path database, Path log, int bytes) throws IOException, SQLException {
    long count = bytes / PAGE_SIZE;
    SplittableRandom random = new SplittableRandom(1);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database)) {
      execute(connection, "PRAGMA page_size=" + PAGE_SIZE);
      execute(connection, "PRAGMA journal_mode=WAL");
      execute(connection, "PRAGMA synchronous=OFF");
      execute(connection, "PRAGMA wal_autocheckpoint=0");
      execute(connection, "CREATE TABLE t(id INTEGER PRIMARY KEY, k BLOB, v BLOB)");
      if (indexed) {
        execute(connection, "CREATE INDEX i ON t(k)");
      }
      connection.setAutoCommit(false);
      byte[][] words = words(random);
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO t(k, v) VALUES(?, ?)")) {
        insert(connection, insert, PRELOADED, words, random);
        connection.setAutoCommit(true);
        execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        connection.setAutoCommit(false);
        while (Files.size(log) < WAL_HEADER + count * (FRAME_HEADER + PAGE_SIZE)) {
          insert(connection, insert, rows, words, random);
        }
      }
      connection.setAutoCommit(true);
      return parse(Files.readAllBytes(log), (int) count);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void insert(
      Connection connection,
      PreparedStatement insert,
      int count,
      byte[][] words,
      SplittableRandom random)
      throws SQLException {
    byte[] key = new byte[16];
    byte[] value = new byte[valueBytes];
    for (int i = 0; i < count; i++) {
      random.nextBytes(key);
      random.nextBytes(value);
      int at = 0;
      while (this != RANDOM && at < value.length) {
        byte[] word = words[Math.min(random.nextInt(WORDS), random.nextInt(WORDS))];
        int length = Math.min(word.length, value.length - at);
        System.arraycopy(word, 0, value, at, length);
        at += length;
      }
      insert.setBytes(1, key);
      insert.setBytes(2, value);
      insert.executeUpdate();
    }
    connection.commit();
  }

  private static byte[][] words(SplittableRandom random) {
    byte[][] words = new byte[WORDS][];
    for (int i = 0; i < WORDS; i++) {
      words[i] = new byte[random.nextInt(3, 11)];
      for (int j = 0; j < words[i].length; j++) {
        words[i][j] = (byte) random.nextInt('a', 'z' + 1);
      }
      words[i][words[i].length - 1] = ' ';
    }
    return words;
  }

  private static Frames parse(byte[] log, int count) {
    int frame = FRAME_HEADER + PAGE_SIZE;
    ByteBuffer fields = ByteBuffer.wrap(log);
    byte[] pages = new byte[count * PAGE_SIZE];
    long[] numbers = new long[count];
    long[] ends = new long[count];
    for (int i = 0; i < count; i++) {
      int at = WAL_HEADER + i * frame;
      numbers[i] = fields.getInt(at);
      ends[i] = fields.getInt(at + 4);
      System.arraycopy(log, at + FRAME_HEADER, pages, i * PAGE_SIZE, PAGE_SIZE);
    }
    for (int i = count; ends[count - 1] == 0; i++) {
      ends[count - 1] = fields.getInt(WAL_HEADER + i * frame + 4);
    }
    return new Frames(pages, numbers, ends);
  }
}
