package dev.sidewal.restore;

import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.replica.Timeline;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.Connections;
import dev.sidewal.sqlite.LiveImage;
import dev.sidewal.sqlite.PageHash;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Compares a replica with the live database, which may be written all the while.
 *
 * <p>The live database is read as of one moment ({@link LiveImage}). If the replica holds that
 * moment, a transaction with just that database checksum is in it, or comes into it soon: it is
 * restored, and every page is compared. If none comes, the latest one is restored, and what differs
 * is explained by the live database's log, or else is a difference.
 *
 * <p>Leaves of the free list are not compared: SQLite gives their content no meaning, and a
 * restored file has zeros where the live one may have what lay there before.
 */
final class LiveComparison implements AutoCloseable {

  private static final Duration LOOK = Duration.ofMillis(500);
  private static final int MAX_PAGES = 100;
  private static final int MAX_TABLES = 20;

  /**
   * Transactions that were seen so long before the moment are looked through; and the last ones.
   */
  private static final Duration BEFORE = Duration.ofSeconds(30);

  private static final long LAST = 100;

  private final ObjectStore store;
  private final Path database;
  private final LiveImage live;
  private final Instant readAt;
  private final Clock clock;
  private final boolean rows;
  private Optional<LiveVerdict> verdict = Optional.empty();

  private LiveComparison(
      ObjectStore store, Path database, LiveImage live, Instant readAt, Clock clock, boolean rows) {
    this.store = store;
    this.database = database;
    this.live = live;
    this.readAt = readAt;
    this.clock = clock;
    this.rows = rows;
  }

  /** Reads the live database; {@code rows} says whether rows are counted as well. */
  static LiveComparison begin(
      ObjectStore store, Path database, Path scratch, Clock clock, boolean rows)
      throws IOException {
    Files.createDirectories(scratch);
    Instant now = clock.instant();
    Path table = Files.createTempFile(scratch, ".sidewal-verify-", ".hashes");
    try {
      return new LiveComparison(store, database, LiveImage.read(database, table), now, clock, rows);
    } finally {
      Files.deleteIfExists(table);
    }
  }

  /**
   * Waits until the replica has the transaction that the live database was; empty if it does not.
   */
  OptionalLong awaitTransaction(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    OptionalLong last =
        find(new LogRequest(Optional.empty(), Optional.empty(), OptionalLong.of(LAST)));
    if (last.isPresent()) {
      return last;
    }
    LogRequest recent =
        new LogRequest(Optional.of(readAt.minus(BEFORE)), Optional.empty(), OptionalLong.empty());
    while (true) {
      OptionalLong found = find(recent);
      if (found.isPresent() || System.nanoTime() - end >= 0) {
        return found;
      }
      try {
        Thread.sleep(LOOK.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UncheckedIOException(new InterruptedIOException("interrupted"));
      }
    }
  }

  private OptionalLong find(LogRequest request) {
    Timeline timeline = Timeline.load(store);
    if (timeline.restorable().isEmpty() || !timeline.holes().isEmpty()) {
      return OptionalLong.empty();
    }
    long[] found = {0};
    long other = live.checksumWithoutFreePages();
    new TransactionLog(store)
        .read(
            timeline,
            request,
            (t, image) -> {
              if (isLive(t, other) && timeline.isRestorable(t.txid())) {
                found[0] = t.txid();
              }
            });
    return found[0] == 0 ? OptionalLong.empty() : OptionalLong.of(found[0]);
  }

  private boolean isLive(Transaction t, long withoutFreePages) {
    return t.databasePages() == live.pages()
        && (t.checksum() == live.checksum() || t.checksum() == withoutFreePages);
  }

  /** Compares what was restored, page by page. */
  void compare(Path restored, RestorePlan plan) throws IOException {
    if (plan.pageSize() != live.pageSize()) {
      throw new VerificationFailedException(
          database
              + " has pages of "
              + live.pageSize()
              + " bytes, but "
              + plan.location()
              + " of "
              + plan.pageSize()
              + ": this is not the database that is replicated there.");
    }
    TreeSet<Long> first = new TreeSet<>();
    long pages = 0;
    long free = 0;
    long oldestFrame = Long.MAX_VALUE;
    long most = Math.max(live.pages(), plan.target().databasePages());
    List<Long> differing = new ArrayList<>();
    byte[] page = new byte[plan.pageSize()];
    try (InputStream in =
        new java.io.BufferedInputStream(Files.newInputStream(restored), 1 << 20)) {
      for (long n = 1; n <= most; n++) {
        boolean there = n <= plan.target().databasePages();
        if (there && in.readNBytes(page, 0, page.length) < page.length) {
          throw new IOException(restored + " ends at page " + n);
        }
        if (n == LockBytePage.number(plan.pageSize()) || isSame(n, there, page)) {
          continue;
        }
        if (there && n <= live.pages() && live.isFree(n)) {
          free++;
          continue;
        }
        pages++;
        oldestFrame = Math.min(oldestFrame, n <= live.pages() ? live.lastFrame(n) : oldestFrame);
        if (first.size() < MAX_PAGES) {
          first.add(n);
        }
        if (differing.size() < 100_000) {
          differing.add(n);
        }
      }
    }
    long behind = pages == 0 || oldestFrame == Long.MAX_VALUE ? 0 : live.commitsFrom(oldestFrame);
    LiveVerdict.Outcome outcome =
        pages == 0
            ? LiveVerdict.Outcome.EQUAL
            : oldestFrame > 0 && behind > 0
                ? LiveVerdict.Outcome.AHEAD
                : LiveVerdict.Outcome.DIFFERS;
    verdict =
        Optional.of(
            new LiveVerdict(
                outcome,
                plan.target().txid(),
                outcome == LiveVerdict.Outcome.AHEAD ? behind : 0,
                pages,
                List.copyOf(first),
                free,
                pages == 0 ? List.of() : tables(restored, differing),
                rows ? RowCounts.of(restored, database) : List.of()));
  }

  private boolean isSame(long n, boolean there, byte[] page) {
    return there && n <= live.pages() && PageHash.hash(n, page, 0, page.length) == live.hash(n);
  }

  /** Finds out to which tables pages belong, in the restored database. */
  private List<LiveVerdict.Table> tables(Path restored, List<Long> pages) {
    Map<String, Long> counts = new TreeMap<>();
    try (Connection connection = Connections.immutable(restored)) {
      TreeSet<Long> wanted = new TreeSet<>(pages);
      try (Statement s = connection.createStatement();
          ResultSet r = s.executeQuery("SELECT name, pageno FROM dbstat")) {
        while (r.next()) {
          if (wanted.contains(r.getLong(2))) {
            counts.merge(r.getString(1), 1L, Long::sum);
          }
        }
      }
      List<LiveVerdict.Table> tables = new ArrayList<>();
      try (Connection now = Connections.readOnly(database, LiveImage.BUSY_TIMEOUT)) {
        for (Map.Entry<String, Long> entry : counts.entrySet()) {
          if (tables.size() < MAX_TABLES) {
            tables.add(
                new LiveVerdict.Table(
                    entry.getKey(),
                    entry.getValue(),
                    RowCounts.rows(connection, entry.getKey()),
                    RowCounts.rows(now, entry.getKey())));
          }
        }
      }
      return tables;
    } catch (SQLException e) {
      // What is not readable as a database has no tables; the pages are told.
      return List.of();
    }
  }

  /** Returns what came of it; empty before anything was compared. */
  Optional<LiveVerdict> verdict() {
    return verdict;
  }

  /** Returns the finding that a verdict is; empty if all is equal. */
  Optional<Finding> finding(Timeline timeline) {
    if (verdict.isEmpty() || verdict.get().outcome() == LiveVerdict.Outcome.EQUAL) {
      return Optional.empty();
    }
    LiveVerdict v = verdict.get();
    String what =
        database
            + " as of "
            + readAt
            + " is no transaction of "
            + timeline.listing().location()
            + "; compared with transaction "
            + v.txid()
            + ", "
            + v.pages()
            + " pages differ";
    return Optional.of(
        v.outcome() == LiveVerdict.Outcome.AHEAD
            ? Finding.of(
                Finding.Kind.AHEAD,
                what
                    + ", and all of them were written by the last transactions in its log: it is ahead"
                    + " by at least "
                    + v.behind()
                    + " that the replica does not have yet ("
                    + Duration.between(readAt, clock.instant()).toSeconds()
                    + " s later). Is the agent running, and does it ship?")
            : Finding.of(
                Finding.Kind.DIFFERS,
                what
                    + ", and its log does not explain that. If no agent has followed it since"
                    + " transaction "
                    + v.txid()
                    + ", start one and verify again. Else this is another database, or the replica is"
                    + " wrong: take a new snapshot (sidewal snapshot), keep this replica, and find out"
                    + " what changed the file past SQLite."));
  }

  @Override
  public void close() {
    live.close();
  }
}
