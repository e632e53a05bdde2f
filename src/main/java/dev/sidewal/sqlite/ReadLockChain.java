package dev.sidewal.sqlite;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Keeps a read transaction open on a live database for as long as Sidewal follows it, hand over
 * hand, so that no frame of the log is overwritten before it was copied.
 *
 * <p><b>Why a read transaction is enough.</b> SQLite resets the log only when it has been
 * backfilled completely and nobody holds a read lock in slots 1 to 4. A reader that begins when the
 * log is backfilled completely sits in slot 0: it lets the log be reset once, and then blocks all
 * backfilling, so that the new log cannot be reset again. Hence, while one read transaction is
 * held, at most one reset happens, and the old epoch can only have ended exactly at that reader's
 * snapshot.
 *
 * <p><b>Hand over hand.</b> Two connections take turns:
 *
 * <pre>
 *            hold()             overlap()
 *   FREE ------------> ONE  ----------------> BOTH
 *     ^                 | ^                     |
 *     +--- letGo() -----+ +----- release() -----+
 * </pre>
 *
 * <ol>
 *   <li>ONE: a read transaction is held, and everything up to its snapshot has been copied.
 *   <li>{@link #overlap()}: a second one begins.
 *   <li>BOTH: the caller copies every committed frame up to the current end of the log.
 *   <li>{@link #release()}: only now the first one ends.
 * </ol>
 *
 * <p>Invariant: between {@code hold} and {@code letGo} there is no instant without a read
 * transaction (but in {@link #turnUnderWriteLock}, where nobody can write), and none is ended
 * before all that its successor can see was copied. So the epoch that the log's header names is
 * always the one that was followed or its direct successor, whatever the salts say. The caller's
 * part is to copy between {@code overlap} and {@code release}.
 *
 * <p>Questions and PASSIVE checkpoints need a connection without a transaction. In ONE that is the
 * one whose turn comes next; in BOTH it is a third one. Each is opened when it is first needed, and
 * both may be closed when nothing was committed for long ({@link #rest}): a connection costs 70 kB,
 * and most databases of many are idle. The one that holds stays, so that none of the others is the
 * last, at whose end SQLite would end the log. Another one takes the write lock for a pause.
 * RESTART and TRUNCATE checkpoints are never used. Not safe for use by several threads, but for
 * {@link #abandon}.
 *
 * @see <a href="https://www.sqlite.org/walformat.html#wal_locks">SQLite WAL-mode file format,
 *     section 2.3</a>
 */
final class ReadLockChain implements AutoCloseable {

  /** How many read transactions are held. */
  enum State {
    FREE,
    ONE,
    BOTH
  }

  /**
   * What a PASSIVE checkpoint reported.
   *
   * @param busy whether another checkpoint was running
   * @param frames committed frames in the log
   * @param backfilled how many of them are in the database file
   */
  record Checkpoint(boolean busy, long frames, long backfilled) {
    /** Whether nothing is left to backfill. */
    boolean complete() {
      return !busy && frames == backfilled;
    }
  }

  private static final Duration READ_WAIT = Duration.ofSeconds(2);
  private static final long BUSY_PAUSE_NANOS = 500_000;
  private static final String BEGIN = "BEGIN";
  private static final String END = "ROLLBACK";

  /** A read that needs no schema: BEGIN alone takes no lock. */
  private static final String REAL_READ = "PRAGMA schema_version";

  private final Path database;
  private final Duration writeWait;
  private final BooleanSupplier current;

  /** Takes turns with the one that holds. */
  private volatile Optional<SqliteConnection> next = Optional.empty();

  /** Asks questions while two read transactions are held. */
  private Optional<SqliteConnection> third = Optional.empty();

  private long questions;

  /** Opened for the first pause: most databases never need one, and connections cost memory. */
  private volatile Optional<SqliteConnection> writer = Optional.empty();

  private volatile SqliteConnection held;
  private volatile State state = State.FREE;
  private volatile boolean abandoned;

  private ReadLockChain(
      SqliteConnection held, Path database, Duration writeWait, BooleanSupplier current) {
    this.current = current;
    this.held = held;
    this.database = database;
    this.writeWait = writeWait;
  }

  /**
   * Opens a connection; holds nothing yet.
   *
   * @param writeWait how long {@link #tryWriteLock} waits for the write lock
   * @param current says whether the path still leads to the file that is followed; asked whenever
   *     another connection is opened
   */
  static ReadLockChain open(Path database, Duration writeWait, BooleanSupplier current) {
    return new ReadLockChain(openToRead(database), database, writeWait, current);
  }

  private static SqliteConnection openToRead(Path database) {
    SqliteConnection opened = SqliteConnection.open(database, READ_WAIT, false);
    try {
      // The log is opened by the first read; without it the NOOP checkpoint reports nothing.
      opened.row(REAL_READ);
      return opened;
    } catch (RuntimeException e) {
      closeAfter(e, opened);
      throw e;
    }
  }

  /** Returns a connection without a transaction. */
  private SqliteConnection question() {
    questions++;
    if (state != State.BOTH) {
      return next();
    }
    if (third.isEmpty()) {
      third = Optional.of(another());
    }
    return third.get();
  }

  /** Opens another connection to the file of the one that holds. */
  private SqliteConnection another() {
    checkCurrent();
    SqliteConnection opened = openToRead(database);
    try {
      checkCurrent();
      return opened;
    } catch (ContinuityLostException e) {
      closeAfter(e, opened);
      throw e;
    }
  }

  /** Fails if the path leads to another file now: its connections would speak of another log. */
  private void checkCurrent() {
    if (!current.getAsBoolean()) {
      throw new ContinuityLostException("the database file was deleted or replaced");
    }
  }

  private SqliteConnection next() {
    if (next.isEmpty()) {
      next = Optional.of(another());
    }
    return next.get();
  }

  /** Returns how many questions were put to SQLite, checkpoints among them. */
  long questions() {
    return questions;
  }

  /** Returns how many connections are open. */
  int connections() {
    return open().size();
  }

  private List<SqliteConnection> open() {
    List<SqliteConnection> all = new ArrayList<>(List.of(held));
    next.ifPresent(all::add);
    third.ifPresent(all::add);
    writer.ifPresent(all::add);
    return all;
  }

  /** Returns whether only what holds is open, so that a question costs a connection. */
  boolean isResting() {
    return next.isEmpty();
  }

  /** Gives up what is needed only while something is committed now and then. */
  void rest() {
    if (state != State.ONE) {
      return;
    }
    List<SqliteConnection> unused = new ArrayList<>();
    next.ifPresent(unused::add);
    third.ifPresent(unused::add);
    next = Optional.empty();
    third = Optional.empty();
    unused.forEach(SqliteConnection::close);
  }

  State state() {
    return state;
  }

  /** Begins to hold. */
  void hold() {
    require(State.FREE);
    begin(held);
    state = State.ONE;
    endIfAbandoned();
  }

  /** Begins the second read transaction; the caller then copies up to the end of the log. */
  void overlap() {
    require(State.ONE);
    begin(next());
    state = State.BOTH;
    endIfAbandoned();
  }

  /** Ends the older read transaction. Everything that the newer one sees must have been copied. */
  void release() {
    require(State.BOTH);
    held.run(END);
    SqliteConnection ended = held;
    held = next();
    next = Optional.of(ended);
    state = State.ONE;
  }

  /** Ends holding, whatever is held: continuity is lost from here on. */
  void letGo() {
    if (state == State.BOTH) {
      next().run(END);
    }
    if (state != State.FREE) {
      held.run(END);
    }
    state = State.FREE;
  }

  /**
   * Ends whatever is held, on behalf of a thread that does not come to it. Everything else that
   * thread asks for fails from then on. May be called from any thread; waits while the other one is
   * within SQLite.
   */
  void abandon() {
    abandoned = true;
    // First of all: in a pause the application's writers wait for it.
    writer.ifPresent(SqliteConnection::rollBackFromOutside);
    held.rollBackFromOutside();
    next.ifPresent(SqliteConnection::rollBackFromOutside);
  }

  /**
   * Fails if {@link #abandon} was called.
   *
   * @throws ContinuityLostException if so
   */
  void checkNotAbandoned() {
    if (abandoned) {
      throw new ContinuityLostException(
          "following had not moved for too long, and the log was let go");
    }
  }

  /**
   * Returns how many committed frames the log has and how many of them are in the database file, at
   * one moment; empty if SQLite was too busy to say.
   */
  Optional<Checkpoint> progress() {
    checkNotAbandoned();
    long[] row = question().row("PRAGMA wal_checkpoint(NOOP)");
    return row[0] != 0 || row[1] < 0
        ? Optional.empty()
        : Optional.of(new Checkpoint(false, row[1], row[2]));
  }

  /** Returns how many frames of the log are in the database file; empty if SQLite was too busy. */
  OptionalLong backfilledFrames() {
    long[] row = question().row("PRAGMA wal_checkpoint(NOOP)");
    return row[0] != 0 || row[1] < 0 ? OptionalLong.empty() : OptionalLong.of(row[2]);
  }

  /**
   * Returns whether every committed frame is in the database file; false if SQLite was too busy.
   */
  boolean backfilledCompletely() {
    long[] row = question().row("PRAGMA wal_checkpoint(NOOP)");
    return row[0] == 0 && row[1] >= 0 && row[1] == row[2];
  }

  /** Returns the database's size in pages as the held read transaction sees it. */
  long pageCount() {
    if (state == State.FREE) {
      throw new IllegalStateException("nothing is held");
    }
    return held.row("PRAGMA page_count")[0];
  }

  /**
   * Copies frames into the database file, as many as readers allow, without waiting for anybody.
   */
  Checkpoint checkpoint() {
    long[] row = question().row("PRAGMA wal_checkpoint(PASSIVE)");
    return new Checkpoint(row[0] != 0 || row[1] < 0, row[1], row[2]);
  }

  /** Takes the write lock; false if another writer did not give it up in time. */
  boolean tryWriteLock() {
    if (writer.isEmpty()) {
      checkCurrent();
      SqliteConnection opened = SqliteConnection.open(database, writeWait, true);
      opened.spinWhenBusy(writeWait);
      writer = Optional.of(opened);
      checkCurrent();
    }
    boolean taken = writer.get().tryRun("BEGIN IMMEDIATE");
    if (taken && abandoned) {
      writer.get().rollBackFromOutside();
      checkNotAbandoned();
    }
    return taken;
  }

  /** Gives the write lock back; nothing was written. */
  void endWriteLock() {
    if (abandoned) {
      // It may have been given back already.
      writer.orElseThrow().rollBackFromOutside();
    } else {
      writer.orElseThrow().run("ROLLBACK");
    }
  }

  /**
   * Moves the held read transaction to the end of a log that is then backfilled completely, so that
   * the next writer resets it. Needs the write lock: nobody can write or reset between the end of
   * the old read transaction and the begin of the new one. Everything committed must have been
   * copied after the write lock was taken.
   *
   * @param patience how long to wait for a checkpoint of the application that is under way
   */
  Checkpoint turnUnderWriteLock(Duration patience) {
    require(State.ONE);
    held.run(END);
    state = State.FREE;
    try {
      long begin = System.nanoTime();
      Checkpoint checkpoint = checkpoint();
      while (checkpoint.busy() && System.nanoTime() - begin < patience.toNanos()) {
        LockSupport.parkNanos(BUSY_PAUSE_NANOS);
        checkpoint = checkpoint();
      }
      return checkpoint;
    } finally {
      // Also when the checkpoint failed, on a full disk for one.
      hold();
    }
  }

  /** What began while {@link #abandon} ran ends here. */
  private void endIfAbandoned() {
    if (abandoned) {
      held.rollBackFromOutside();
      next.ifPresent(SqliteConnection::rollBackFromOutside);
      checkNotAbandoned();
    }
  }

  private static void begin(SqliteConnection c) {
    c.run(BEGIN);
    try {
      c.row(REAL_READ);
    } catch (RuntimeException e) {
      c.run(END);
      throw e;
    }
  }

  private void require(State expected) {
    checkNotAbandoned();
    if (state != expected) {
      throw new IllegalStateException("read locks are " + state + ", not " + expected);
    }
  }

  @Override
  public void close() {
    RuntimeException failed = null;
    for (SqliteConnection c : open()) {
      try {
        c.close();
      } catch (RuntimeException e) {
        if (failed == null) {
          failed = e;
        } else {
          failed.addSuppressed(e);
        }
      }
    }
    state = State.FREE;
    if (failed != null) {
      throw failed;
    }
  }

  private static void closeAfter(RuntimeException failure, SqliteConnection c) {
    try {
      c.close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
