package dev.sidewal.sqlite;

import dev.sidewal.error.DatabaseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Copies a live database with a rollback journal as of one committed moment, without keeping
 * writers waiting for long.
 *
 * <p><b>Short steps.</b> While a SHARED lock is held nobody writes into the file, and it holds what
 * was committed last. So the file is read in steps of a few megabytes, each under a SHARED lock of
 * its own, with a rest between two; a writer waits for one step at most. Bytes 24 to 39 of the
 * header, the file change counter first, are different after every commit: if they are the same in
 * every step of a pass, the pass is one moment. Else it is repeated, and only pages whose hash is
 * another one are handed over again.
 *
 * <p><b>The last pass.</b> A database that is never at rest for the length of a pass, or that is
 * written in most rests of one, is read once more under one lock. Writers wait for that pass; how
 * long is told ({@link Result#longestLock}).
 *
 * <p>A journal that a writer left when it crashed is rolled back by SQLite when the first lock is
 * taken, as by any reader. The hashes lie in a file, 8 bytes a page. Not safe for use by several
 * threads.
 *
 * @see <a href="https://www.sqlite.org/fileformat2.html#file_change_counter">SQLite file format,
 *     File change counter</a>
 */
public final class JournalCopy {

  /**
   * What came of it.
   *
   * @param pages what was copied
   * @param passes how often the file was read
   * @param longestLock the longest time for which a lock was held: so long a writer could have been
   *     kept waiting
   */
  public record Result(CopiedPages pages, int passes, Duration longestLock) {}

  /**
   * The database came into WAL mode meanwhile, got another page size or is another file: it must be
   * copied anew.
   */
  public static final class ChangedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChangedException(String what) {
      super(what);
    }
  }

  private static final Duration LOCK_WAIT = Duration.ofSeconds(5);

  /** How often a lock is waited for once copying has begun: somebody writes for long. */
  private static final int LOCK_ATTEMPTS = 12;

  private static final int STEP_BYTES = 2 << 20;
  private static final int FREE_PASSES = 3;

  /**
   * A lock that takes longer to get is used for more than one step, lest copying takes for ever.
   */
  private static final long LONG_WAIT_NANOS = 50_000_000;

  private static final int MOST_READS = 8;

  /** With fewer steps in a pass nothing is said of whether the database ever rests. */
  private static final int FEW_STEPS = 8;

  private static final long REST_NANOS = 1_000_000;
  private static final int STAMP_AT = 24;
  private static final int STAMP_END = 40;

  private final DatabaseFile file;
  private final SqliteConnection connection;
  private final LongTable hashes;
  private final PageSink sink;
  private final CopyProgress progress;
  private final byte[] header = new byte[DatabaseHeader.LENGTH];
  private final byte[] buffer = new byte[STEP_BYTES];
  private int pageSize;
  private long pages;
  private long highest;
  private long longestNanos;
  private int readsPerLock = 1;

  /** Whether the database was written in most rests of the last pass: the next is no better. */
  private boolean restless;

  private JournalCopy(
      DatabaseFile file,
      int pageSize,
      SqliteConnection connection,
      LongTable hashes,
      PageSink sink,
      CopyProgress progress) {
    this.file = file;
    this.pageSize = pageSize;
    this.connection = connection;
    this.hashes = hashes;
    this.sink = sink;
    this.progress = progress;
  }

  /**
   * Copies.
   *
   * @param database is released by the caller, after this
   * @param pageSize what the sink takes it to be, 0 if the database has no header yet
   * @param readOnly whether the connection may not even roll a crashed writer's journal back
   * @param work an existing directory for the hashes
   * @param sink gets each page at least once, the last version counts
   * @throws DatabaseException if the lock is not to be had, or SQLite cannot read the database
   * @throws ChangedException if it is in WAL mode, has another page size, or was replaced
   */
  public static Result copy(
      DatabaseFile database,
      int pageSize,
      boolean readOnly,
      Path work,
      PageSink sink,
      CopyProgress progress)
      throws IOException {
    Path table = work.resolve("journal.hash");
    try (SqliteConnection connection =
            readOnly
                ? SqliteConnection.openReadOnly(database.path(), LOCK_WAIT)
                : SqliteConnection.open(database.path(), LOCK_WAIT, false);
        LongTable hashes = new LongTable(table)) {
      return new JournalCopy(database, pageSize, connection, hashes, sink, progress).copy();
    } finally {
      Files.deleteIfExists(table);
    }
  }

  private Result copy() throws IOException {
    // A writer that commits in a loop leaves the lock free for less than a millisecond.
    connection.retryOftenWhenBusy(LOCK_WAIT);
    // What is done for the first time takes long, and is done before anybody waits.
    PageHash.content(buffer, 0, buffer.length);
    lock(true);
    connection.row("PRAGMA page_size");
    connection.row("PRAGMA page_count");
    connection.run("ROLLBACK");
    int passes = 1;
    while (!pass(passes > FREE_PASSES || restless)) {
      passes++;
    }
    long checksum = 0;
    long lockBytePage = Pages.lockBytePage(Math.max(pageSize, 512));
    for (long p = 1; p <= pages; p++) {
      checksum ^= p == lockBytePage ? 0 : hashes.get(p);
    }
    return new Result(
        new CopiedPages(pageSize, pages, checksum), passes, Duration.ofNanos(longestNanos));
  }

  /** Reads the file once; returns whether it was the same from the first to the last step. */
  private boolean pass(boolean underOneLock) throws IOException {
    Optional<byte[]> first = Optional.empty();
    Optional<byte[]> before = Optional.empty();
    boolean same = true;
    int steps = 0;
    int changes = 0;
    long next = 1;
    do {
      long asked = System.nanoTime();
      lock(false);
      long begin = System.nanoTime();
      if (begin - asked > LONG_WAIT_NANOS) {
        readsPerLock = Math.min(MOST_READS, readsPerLock * 2);
      }
      int count;
      try {
        byte[] stamp = look();
        same &= first.isEmpty() || Arrays.equals(first.get(), stamp);
        changes += before.isEmpty() || Arrays.equals(before.get(), stamp) ? 0 : 1;
        first = first.or(() -> Optional.of(stamp));
        before = Optional.of(stamp);
        count = read(next);
        for (int n = 1; (underOneLock || n < readsPerLock) && next + count <= pages; n++) {
          take(next, count);
          next += count;
          count = read(next);
        }
      } finally {
        connection.run("ROLLBACK");
        longestNanos = Math.max(longestNanos, System.nanoTime() - begin);
      }
      // Hashing and writing take longer than reading, and nobody waits for them.
      take(next, count);
      next += count;
      steps++;
      if (next <= pages) {
        LockSupport.parkNanos(REST_NANOS);
      }
    } while (next <= pages);
    restless = steps >= FEW_STEPS && changes > steps / 2;
    return same;
  }

  /** The lock would be one on another file, or a journal would be taken for that of this one. */
  private void checkCurrent() {
    if (!file.isCurrent()) {
      throw new ChangedException("the file was replaced");
    }
  }

  private void lock(boolean firstOfAll) {
    checkCurrent();
    for (int i = 1; ; i++) {
      connection.run("BEGIN");
      try {
        connection.row("PRAGMA schema_version");
        return;
      } catch (DatabaseException e) {
        connection.run("ROLLBACK");
        if (firstOfAll || i == LOCK_ATTEMPTS || !SqliteFailures.isLocked(e)) {
          throw e;
        }
      }
    }
  }

  /** Reads the header under the lock, and returns what changes with each commit. */
  private byte[] look() throws IOException {
    checkCurrent();
    int size = (int) connection.row("PRAGMA page_size")[0];
    if (pageSize != 0 && size != pageSize) {
      throw new ChangedException("its page size was changed from " + pageSize + " to " + size);
    }
    pageSize = size;
    pages = connection.row("PRAGMA page_count")[0];
    file.read(0, header, 0, header.length);
    if (DatabaseHeader.parse(header).filter(DatabaseHeader::wal).isPresent()) {
      throw new ChangedException("the database was switched to WAL mode");
    }
    return Arrays.copyOfRange(header, STAMP_AT, STAMP_END);
  }

  /** Reads the next pages, and returns how many. */
  private int read(long first) throws IOException {
    int count = pages == 0 ? 0 : (int) Math.min(buffer.length / pageSize, pages - first + 1);
    if (count <= 0) {
      return 0;
    }
    file.read((first - 1) * pageSize, buffer, 0, count * pageSize);
    return count;
  }

  /** Hands over what was read, as far as it is not known. */
  private void take(long first, int count) throws IOException {
    if (count > 0) {
      hashes.ensure(first + count - 1);
    }
    long lockBytePage = Pages.lockBytePage(pageSize);
    for (int i = 0; i < count; i++) {
      long page = first + i;
      if (page == lockBytePage) {
        continue;
      }
      long hash = PageHash.hash(page, buffer, i * pageSize, pageSize);
      if (page > highest || hashes.get(page) != hash) {
        sink.page(page, buffer, i * pageSize);
        hashes.put(page, hash);
      }
    }
    highest = Math.max(highest, first + count - 1);
    progress.read(first + count - 1, pages, pageSize);
  }
}
