package dev.sidewal.sqlite;

import dev.sidewal.error.DatabaseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The hash of every page of a live database as of one moment, read by somebody who only looks on:
 * the connections are read-only and never checkpoint.
 *
 * <p><b>Why it is one moment.</b> A read transaction is begun first. Then the log's header is read,
 * SQLite is asked how many frames are committed (n), and the header is read again: if both are the
 * same, n counts frames of that log, and the moment is the one after frame n. While the transaction
 * is held, no frame behind its own mark is backfilled, and that mark is at or before n; and the log
 * is begun anew at most once, when it was backfilled completely before, and then nothing is
 * backfilled any more. So the file, with the last version of each page in frames 1 to n laid over
 * it, is the database at that moment.
 *
 * <p>The hashes lie in a file, 8 bytes a page, that has no name and goes with the process at the
 * latest. Not safe for use by several threads.
 */
public final class LiveImage implements AutoCloseable {

  /** How long a connection that only looks on waits for a lock. */
  public static final Duration BUSY_TIMEOUT = Duration.ofSeconds(10);

  private static final int ATTEMPTS = 1000;
  private static final int READ_BYTES = 1 << 20;

  private final Path database;
  private final DatabaseFile file;
  private final LongTable hashes;
  private final Map<Long, Long> frames = new HashMap<>();
  private final BitSet freePages = new BitSet();
  private int pageSize;
  private long pages;
  private long checksum;
  private long[] commits = new long[0];

  private LiveImage(Path database, DatabaseFile file, Path table) throws IOException {
    this.database = database;
    this.file = file;
    this.hashes = new LongTable(table);
    // It lives as long as it is open, and nothing is left if the process is killed.
    Files.deleteIfExists(table);
  }

  /**
   * Reads a database.
   *
   * @param table the file for the hashes; must not be there
   * @throws DatabaseException if there is none, or it cannot be used
   */
  public static LiveImage read(Path database, Path table) throws IOException {
    DatabaseFile file =
        DatabaseFile.open(database)
            .orElseThrow(() -> new DatabaseException("There is no database " + database + "."));
    LiveImage image;
    try {
      image = new LiveImage(database, file, table);
    } catch (IOException e) {
      file.release();
      throw e;
    }
    boolean done = false;
    try {
      image.read();
      done = true;
      return image;
    } catch (SQLException e) {
      throw new DatabaseException(
          "Cannot read the database "
              + database
              + ": SQLite says: "
              + e.getMessage()
              + ". Reading in WAL mode needs write access to its directory or to its -shm file; run"
              + " as the application's user or group.",
          e);
    } finally {
      if (!done) {
        image.close();
      }
    }
  }

  private void read() throws IOException, SQLException {
    try (Connection holder = Connections.readOnly(database, BUSY_TIMEOUT);
        Statement held = holder.createStatement();
        Connection asker = Connections.readOnly(database, BUSY_TIMEOUT);
        Statement asking = asker.createStatement()) {
      boolean wal = text(asking, "PRAGMA journal_mode").equals("wal");
      number(asking, "SELECT count(*) FROM sqlite_schema", 1);
      for (int attempt = 1; ; attempt++) {
        held.execute("BEGIN");
        number(held, "SELECT count(*) FROM sqlite_schema", 1);
        pageSize = (int) number(held, "PRAGMA page_size", 1);
        pages = number(held, "PRAGMA page_count", 1);
        if (!wal || scanLog(asking)) {
          break;
        }
        held.execute("ROLLBACK");
        if (attempt == ATTEMPTS) {
          throw new DatabaseException(
              "Cannot read "
                  + database
                  + " as of one moment: its log is begun anew all the time. Try again.");
        }
      }
      readPages();
      readFreeList();
      held.execute("ROLLBACK");
    }
  }

  private static String text(Statement s, String sql) throws SQLException {
    try (ResultSet r = s.executeQuery(sql)) {
      return r.next() ? r.getString(1) : "";
    }
  }

  private static long number(Statement s, String sql, int column) throws SQLException {
    try (ResultSet r = s.executeQuery(sql)) {
      return r.next() ? r.getLong(column) : 0;
    }
  }

  /** Notes the last frame of each page; false if the log was begun anew meanwhile. */
  private boolean scanLog(Statement asking) throws IOException, SQLException {
    frames.clear();
    Path path = WalFile.pathOf(database);
    if (!Files.exists(path) || Files.size(path) == 0) {
      return number(asking, "PRAGMA wal_checkpoint(NOOP)", 2) == 0;
    }
    try (WalFile log = new WalFile(path)) {
      Optional<WalHeader> before = log.header();
      long count = number(asking, "PRAGMA wal_checkpoint(NOOP)", 2);
      if (count < 0 || !before.equals(log.header())) {
        return false;
      }
      commits = new long[16];
      int n = 0;
      byte[] header = new byte[WalFrame.HEADER_LENGTH];
      ByteBuffer in = ByteBuffer.wrap(header);
      for (long f = 1; f <= count; f++) {
        if (!log.read(at(f), header, 0, header.length)) {
          return false;
        }
        frames.put(Integer.toUnsignedLong(in.getInt(WalFrame.PAGE_NUMBER)), f);
        long size = Integer.toUnsignedLong(in.getInt(WalFrame.COMMIT_SIZE));
        if (size > 0) {
          pages = size;
          if (n == commits.length) {
            commits = java.util.Arrays.copyOf(commits, n * 2);
          }
          commits[n++] = f;
        }
      }
      commits = java.util.Arrays.copyOf(commits, n);
      return before.equals(log.header());
    }
  }

  private long at(long frame) {
    return WalHeader.LENGTH + (frame - 1) * (WalFrame.HEADER_LENGTH + (long) pageSize);
  }

  private void readPages() throws IOException {
    byte[] buffer = new byte[Math.max(READ_BYTES, pageSize)];
    byte[] one = new byte[pageSize];
    int most = buffer.length / pageSize;
    long lockBytePage = Pages.lockBytePage(pageSize);
    hashes.ensure(pages);
    try (Log log = new Log()) {
      for (long first = 1; first <= pages; first += most) {
        int count = (int) Math.min(most, pages - first + 1);
        file.read((first - 1) * pageSize, buffer, 0, count * pageSize);
        for (int i = 0; i < count; i++) {
          long page = first + i;
          if (page == lockBytePage) {
            continue;
          }
          boolean inLog = log.read(page, one);
          long hash =
              inLog
                  ? PageHash.hash(page, one, 0, pageSize)
                  : PageHash.hash(page, buffer, i * pageSize, pageSize);
          hashes.put(page, hash);
          checksum ^= hash;
        }
      }
    }
  }

  /** The log, if any page of the image is in it. */
  private final class Log implements AutoCloseable {
    private final Optional<WalFile> file;

    Log() throws IOException {
      file =
          frames.isEmpty() ? Optional.empty() : Optional.of(new WalFile(WalFile.pathOf(database)));
    }

    boolean read(long page, byte[] target) throws IOException {
      Long frame = frames.get(page);
      if (frame == null) {
        return false;
      }
      if (!file.orElseThrow().read(at(frame) + WalFrame.HEADER_LENGTH, target, 0, pageSize)) {
        throw new IOException("the log of " + database + " was cut off while it was read");
      }
      return true;
    }

    @Override
    public void close() throws IOException {
      if (file.isPresent()) {
        file.get().close();
      }
    }
  }

  /** Notes the leaves of the free list: SQLite gives their content no meaning. */
  private void readFreeList() throws IOException {
    byte[] page = new byte[pageSize];
    ByteBuffer in = ByteBuffer.wrap(page);
    try (Log log = new Log()) {
      page(log, 1, page);
      long trunk = pages == 0 ? 0 : Integer.toUnsignedLong(in.getInt(32));
      for (long seen = 0; trunk > 0 && trunk <= pages && seen <= pages; seen++) {
        page(log, trunk, page);
        long leaves = Math.min(Integer.toUnsignedLong(in.getInt(4)), pageSize / 4 - 2);
        for (int i = 0; i < leaves; i++) {
          long leaf = Integer.toUnsignedLong(in.getInt(8 + i * 4));
          if (leaf <= pages && leaf <= Integer.MAX_VALUE) {
            freePages.set((int) leaf);
          }
        }
        trunk = Integer.toUnsignedLong(in.getInt(0));
      }
    }
  }

  private void page(Log log, long page, byte[] target) throws IOException {
    if (!log.read(page, target)) {
      file.read((page - 1) * pageSize, target, 0, pageSize);
    }
  }

  /** Returns the page size in bytes. */
  public int pageSize() {
    return pageSize;
  }

  /** Returns how many pages it has. */
  public long pages() {
    return pages;
  }

  /** Returns the hash of a page. */
  public long hash(long page) {
    return hashes.get(page);
  }

  /** Returns whether a page is a leaf of the free list: its content has no meaning. */
  public boolean isFree(long page) {
    return page <= Integer.MAX_VALUE && freePages.get((int) page);
  }

  /** Returns the database checksum of what was read. */
  public long checksum() {
    return checksum;
  }

  /** Returns the database checksum as it is if the leaves of the free list hold zeros. */
  public long checksumWithoutFreePages() {
    long zeros = PageHash.content(new byte[pageSize], 0, pageSize);
    long sum = checksum;
    for (int p = freePages.nextSetBit(0); p >= 0; p = freePages.nextSetBit(p + 1)) {
      sum ^= hashes.get(p) ^ PageHash.withNumber(p, zeros);
    }
    return sum;
  }

  /** Returns the last frame of the log that has a page; 0 if none has. */
  public long lastFrame(long page) {
    return frames.getOrDefault(page, 0L);
  }

  /** Returns how many of the log's transactions ended at or behind a frame. */
  public long commitsFrom(long frame) {
    return java.util.Arrays.stream(commits).filter(c -> c >= frame).count();
  }

  @Override
  public void close() {
    try {
      hashes.close();
    } finally {
      file.release();
    }
  }
}
