package dev.sidewal.sqlite;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.fault.CrashPoint;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the log of one live database from {@link #attach} on, without losing a frame and without
 * writing to the database.
 *
 * <p><b>How far to copy.</b> A NOOP checkpoint returns how many frames are committed. The log's
 * header is read before and after it; if the two differ, the question is asked again. Frames are
 * copied up to that count and no further: a commit frame behind it, though its checksum is right,
 * was not committed, for its writer died before it published it, and the next writer overwrites it.
 *
 * <p><b>Attaching.</b> See {@link Attachment}.
 *
 * <p><b>Marks.</b> {@link #position} describes a moment between transactions; after {@link
 * #marked}, this process can go back there ({@link #rewind}) and a later one can go on from there,
 * as long as the log was not begun anew. So the log is given free for that only after the sink has
 * made safe what it took: the held transaction is never ended in favour of one that may let the log
 * be reset before {@link FrameSink#makeSafe}.
 *
 * <p>Invariants: from the end of the first scan on, {@link ReadLockChain} holds; everything up to
 * the held snapshot has been copied; {@code cursor} and {@code image} stand at the same frame. A
 * frame that is not what it must be ends following with {@link ContinuityLostException} before
 * anything doubtful is handed on; so does a failure of the sink, because the cursor is then ahead
 * of it. Not safe for use by several threads.
 */
public final class LogFollower implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LogFollower.class);
  private static final int LIMIT_ATTEMPTS = 1000;

  /** How much the log may grow while the file is read for a proof. */
  private static final long MOST_GROWTH_FOR_PROOF = 64L << 20;

  private static final long LIMIT_PAUSE_NANOS = 100_000;

  /**
   * The end of the log at one moment: its header, if there is one, its committed frames, and how
   * many of them are in the database file.
   */
  private record Limit(Optional<WalHeader> header, long frames, long backfilled) {}

  private final DatabaseFile database;
  private final Clock clock;
  private final Runnable alive;
  private final ReadLockChain chain;
  private final WalFile wal;
  private final LogCursor cursor;
  private final DatabaseImage image;
  private final LogWatch watch;
  private final LogKeeper keeper;
  private final FileGuard guard;
  private long transactions;
  private long frames;
  private long logBytes;

  /**
   * Frames up to this one are not looked at by SQLite any more, which reads their pages from the
   * file. 0 but during the first scan.
   */
  private long inFile;

  private boolean warnedOfUnsealed;
  private boolean resumed;

  /**
   * Whether the end of the log was not reached yet since following went on from a mark. Till then
   * the held read transaction may be one that lets the log be begun anew before all was copied.
   */
  private boolean catchingUp;

  private Optional<LogCursor.Place> markPlace = Optional.empty();

  /** The copy of the database that is being made. */
  private Optional<ImageCopy> copy = Optional.empty();

  /** Where the cursor stood when the second read transaction began. */
  private LogCursor.Place overlapped = new LogCursor.Place(0, 0, 0, 0, false);

  /** The first frame of the transaction that is being copied. */
  private long transactionStart;

  /** Distinct pages of the transaction that is being copied. */
  private long transactionPages;

  LogFollower(
      DatabaseFile database,
      Clock clock,
      FollowOptions options,
      Runnable alive,
      ReadLockChain chain,
      WalFile wal,
      DatabaseImage image)
      throws IOException {
    this.database = database;
    this.clock = clock;
    this.alive = alive;
    this.chain = chain;
    this.wal = wal;
    this.image = image;
    this.cursor = new LogCursor(wal);
    this.watch = new LogWatch(WalFile.pathOf(database.path()), wal, cursor, clock);
    this.keeper = new LogKeeper(this, chain, cursor, options);
    this.guard = new FileGuard(database, chain, cursor, image, alive);
  }

  /**
   * Attaches to a database in WAL mode and holds its log.
   *
   * @param database the database file
   * @param workDirectory an existing directory for the page tables
   * @param options how to keep the log short
   * @param clock gives the times of commits
   * @throws DatabaseException if the database cannot be used
   * @throws ContinuityLostException if the log was never still enough to be read
   */
  public static LogFollower attach(
      DatabaseFile database, Path workDirectory, FollowOptions options, Clock clock)
      throws IOException {
    return attach(database, workDirectory, options, clock, () -> {}, Optional.empty());
  }

  /**
   * Attaches to a database in WAL mode and holds its log; goes on from an earlier run's mark if it
   * is proved that the log holds all that was committed since.
   *
   * @param alive called often while there is progress
   * @param saved what the earlier run left; when {@link #resumed} it is the follower's, else it
   *     stays as it is
   * @throws DatabaseException if the database cannot be used
   * @throws ContinuityLostException if the log was never still enough to be read
   */
  public static LogFollower attach(
      DatabaseFile database,
      Path workDirectory,
      FollowOptions options,
      Clock clock,
      Runnable alive,
      Optional<SavedImage> saved)
      throws IOException {
    return new Attachment(database, workDirectory, options, clock, alive).attach(saved);
  }

  /** Reads the log for the first time; whatever was committed before is known afterwards. */
  void firstScan() throws IOException {
    Limit limit = limit();
    if (limit.frames == 0) {
      image.startAt(chain.pageCount());
      return;
    }
    inFile = limit.backfilled;
    copyTo(limit, FrameSink.NOBODY, Long.MAX_VALUE, clock.instant());
    inFile = 0;
    // The header is the first that a reset overwrites: frames that say nothing of themselves belong
    // to the header that is still there after they were read.
    if (!wal.header().equals(limit.header)) {
      throw new ContinuityLostException("the log was reset during the first scan");
    }
    transactions = 0;
    frames = 0;
  }

  /** Returns whether the log provably holds all that was committed since a mark, and goes there. */
  boolean goesOnFrom(SavedImage saved) throws IOException {
    Limit limit = limit();
    boolean proved =
        new ContinuityProof(database, wal, cursor, image, this::proofMayGoOn)
            .holds(saved, limit.header, limit.frames, limit.backfilled);
    if (proved) {
      resumed = true;
      catchingUp = true;
      transactionStart = cursor.frame() + 1;
      markPlace = Optional.of(cursor.place());
    }
    return proved;
  }

  /** Says whether the log may be held for a proof any longer; it is not turned over meanwhile. */
  private boolean proofMayGoOn(long logBytesAtBegin) throws IOException {
    alive.run();
    return logBytesNow() - logBytesAtBegin <= MOST_GROWTH_FOR_PROOF;
  }

  /** Returns whether following goes on from a mark of an earlier run, without a gap. */
  public boolean resumed() {
    return resumed;
  }

  /** Returns the database. */
  public DatabaseFile database() {
    return database;
  }

  /** Returns bytes a page. */
  public int pageSize() {
    return image.pageSize();
  }

  /** Returns the database's size in pages at the end of what was copied. */
  public long databasePages() {
    return image.pages();
  }

  /**
   * Returns the database checksum at the end of what was copied; known once a snapshot was taken.
   */
  public long checksum() {
    return image.checksum();
  }

  /**
   * Looks whether the database's files are still those that are followed, and were not changed past
   * SQLite; worth it about once a second. The checksum must be known.
   *
   * @return whether the file was compared and found to be what it must be, as it was not before:
   *     then {@link #position} proves more than the last one did
   * @throws ContinuityLostException if not
   */
  public boolean checkFiles() throws IOException {
    if (catchingUp) {
      return false;
    }
    FileStamp before = guard.verified();
    guard.look();
    return !guard.verified().equals(before);
  }

  /** Returns what following has seen. */
  public FollowStatistics statistics() {
    return keeper.statistics(transactions, frames, cursor.epoch(), logBytes);
  }

  /**
   * Returns whether {@link #copy} and {@link #keepLogShort} may have something to do since the last
   * time: a stat call, and as long as the held read transaction keeps the log from being reset, a
   * question to SQLite.
   *
   * @throws ContinuityLostException if the log was let go on behalf of this thread
   */
  public boolean mayHaveChanged() throws IOException {
    chain.checkNotAbandoned();
    return watch.mayHaveChanged(keeper.believesFile()) || keeper.standsInTheWay();
  }

  /**
   * Hands every transaction that is committed and was not copied yet to a sink.
   *
   * @param budgetBytes stop after the transaction in which so many bytes of pages were handed over
   * @return whether the end of the log was reached
   * @throws ContinuityLostException if the log is not what it must be
   * @throws IOException if the sink or the log fails; following must end then
   */
  public boolean copy(FrameSink sink, long budgetBytes) throws IOException {
    watch.look();
    Limit limit = limit();
    Instant seen = clock.instant();
    if (catchingUp && !(limit.header.equals(cursor.header()) && limit.frames >= cursor.frame())) {
      throw new ContinuityLostException("the log was begun anew before all of it was copied");
    }
    if (limit.frames == 0) {
      catchingUp = false;
      return true;
    }
    boolean atEnd = copyTo(limit, sink, budgetBytes, seen);
    if (catchingUp && atEnd) {
      if (!wal.header().equals(limit.header)) {
        throw new ContinuityLostException("the log was begun anew while it was copied");
      }
      catchingUp = false;
    }
    return atEnd;
  }

  /**
   * Keeps the log short, when it is worth it: moves the held read transaction to the end of the
   * log, checkpoints, makes a pause. Call it when {@link #copy} has reached the end.
   *
   * @param quiet whether nothing was committed since the call before
   */
  public void keepLogShort(FrameSink sink, boolean quiet) throws IOException {
    keeper.keepShort(sink, quiet);
  }

  /** Returns how many questions were put to SQLite. */
  long questions() {
    return chain.questions();
  }

  /** Returns what moves the held read transaction on for somebody who does not keep the log. */
  Onlooker newOnlooker() {
    return new Onlooker(this, chain, cursor);
  }

  /** Begins an image of the database. One at a time, and only one before the first was finished. */
  public ImageScan newImage() {
    return new ImageScan(this, database, image, wal, cursor);
  }

  /**
   * Returns whether a copy of the database may be begun: following has come to the end of the log
   * since it went on from a mark.
   */
  public boolean mayCopyImage() {
    return !catchingUp;
  }

  /**
   * Begins a copy of the database as of the end of what is copied now, which must be a moment
   * between transactions that was {@link #marked}; the checksum must be known. One at a time.
   *
   * @param filter which pages; is asked when a page is about to be handed over
   * @param sink gets each of those pages once
   * @param workFile a name for a work file
   */
  public ImageCopy newCopy(ImageFilter filter, PageSink sink, Path workFile) throws IOException {
    if (copy.isPresent() || catchingUp) {
      throw new IllegalStateException("a copy is being made, or the log was not read to its end");
    }
    CommittedPages pages = new CommittedPages(database, image, wal, cursor);
    copy = Optional.of(new ImageCopy(this, database, image, pages, filter, sink, workFile));
    return copy.get();
  }

  void endCopy(ImageCopy ended) {
    copy = copy.filter(c -> c != ended);
  }

  /** Returns this moment, which must be one between transactions; the checksum must be known. */
  public FollowMark position() throws IOException {
    LogCursor.Place place = cursor.place();
    return new FollowMark(
        image.pageSize(),
        image.pages(),
        image.checksum(),
        cursor.header(),
        place.frame(),
        place.checksum1(),
        place.checksum2(),
        cursor.isSealed(),
        stamp());
  }

  /**
   * Only a file that was compared with the image as it is now proves something later: one that was
   * copied over the database a moment ago must not.
   */
  private FileStamp stamp() throws IOException {
    try {
      FileStamp now = FileStamp.of(database.path());
      return now.unchanged(guard.verified()) ? now : now.withoutProof();
    } catch (NoSuchFileException e) {
      // Deleted: whatever comes in its place is another file.
      return FileStamp.UNKNOWN;
    }
  }

  /**
   * Says that {@link #position} was written down under a number: what changes from here on can be
   * taken back.
   */
  public void marked(long number) {
    image.mark(number);
    markPlace = Optional.of(cursor.place());
  }

  /**
   * Goes back to the mark: what was handed over since is handed over again.
   *
   * @throws ContinuityLostException if the log was begun anew since
   */
  public void rewind() throws IOException {
    cursor.goBack(markPlace.orElseThrow(() -> new IllegalStateException("no mark")));
    image.rewind();
    transactionStart = cursor.frame() + 1;
    transactionPages = 0;
  }

  /** Returns a page's hash, 0 if nothing carried the page yet. */
  public long pageHash(long page) {
    return image.hashOf(page);
  }

  /**
   * Copies to the end of the log and turns the held read transaction over.
   *
   * @param force whether the sink may be told to make safe what it took, if the log may be begun
   *     anew from then on; else nothing is turned over in that case
   * @return whether it was turned over; if not, both are held and the next call goes on
   */
  boolean turnOver(FrameSink sink, long budgetBytes, boolean force) throws IOException {
    if (chain.state() == ReadLockChain.State.ONE) {
      overlapped = cursor.place();
      chain.overlap();
    }
    if (!copy(sink, budgetBytes)) {
      return false;
    }
    if (!sink.isSafe() && mayLetReset()) {
      if (!force) {
        return false;
      }
      sink.makeSafe();
    }
    CrashPoint.TURN_BEFORE.reached();
    chain.release();
    CrashPoint.TURN_AFTER.reached();
    return true;
  }

  /**
   * Returns whether the newer read transaction may have begun when the log was backfilled
   * completely. It saw at least the frames that were copied before it began; if not even those are
   * backfilled now, it did not.
   */
  private boolean mayLetReset() {
    return overlapped.epoch() != cursor.epoch()
        || chain.backfilledFrames().orElse(Long.MAX_VALUE) >= overlapped.frame();
  }

  /** Has the disk take what was written to the log so far; SQLite's own sync is then short. */
  void syncLog() throws IOException {
    wal.force();
  }

  /** Returns how long the log was, in bytes, when it was last looked at. */
  long logBytes() {
    return logBytes;
  }

  /** Returns how long the log is now, in bytes. */
  public long logBytesNow() throws IOException {
    return limit().header.isEmpty() ? 0 : logBytes;
  }

  /**
   * Lets the log go, because the thread that follows does not come to it; following fails from then
   * on. May be called from any thread; waits while the other one is within SQLite.
   */
  public void abandon() {
    chain.abandon();
  }

  /** Says that there is progress. */
  void alive() {
    alive.run();
    chain.checkNotAbandoned();
  }

  /** Returns whether the log is held. */
  public boolean isHolding() {
    return chain.state() != ReadLockChain.State.FREE;
  }

  /** Returns how many bytes of the log are committed and not copied yet. */
  long bytesBehind() throws IOException {
    Limit limit = limit();
    if (limit.header.isEmpty()) {
      return 0;
    }
    WalHeader header = limit.header.get();
    boolean same = cursor.header().filter(header::sameEpoch).isPresent();
    return (limit.frames - Math.min(limit.frames, same ? cursor.frame() : 0))
        * header.frameLength();
  }

  private boolean copyTo(Limit limit, FrameSink sink, long budgetBytes, Instant seen)
      throws IOException {
    WalHeader header =
        limit.header.orElseThrow(
            () ->
                new ContinuityLostException(
                    "the log has " + limit.frames + " committed frames, but no valid header"));
    if (header.pageSize() != image.pageSize()) {
      throw new ContinuityLostException(
          "the page size changed from " + image.pageSize() + " to " + header.pageSize());
    }
    if (cursor.header().filter(header::sameEpoch).isEmpty()) {
      cursor.enter(header);
      transactionStart = 1;
      transactionPages = 0;
      sink.logBegunAnew();
    }
    if (limit.frames < cursor.frame()) {
      throw new ContinuityLostException(
          "the log went back from frame " + cursor.frame() + " to " + limit.frames);
    }
    long[] left = {budgetBytes};
    cursor.advance(
        limit.frames,
        (frame, page, source, offset, databasePages) -> {
          take(sink, frame, page, source, offset, databasePages, seen);
          left[0] -= image.pageSize();
          CrashPoint.COPYING.reached();
          return left[0] > 0;
        });
    if (cursor.unsealedFrames() > 0 && !warnedOfUnsealed) {
      warnedOfUnsealed = true;
      LOG.warn(
          "the application's SQLite left frames without checksums in the log, a fault of some"
              + " versions after ROLLBACK TO a savepoint. They are replicated; but if the"
              + " application's machine crashes before the next checkpoint, SQLite itself loses"
              + " what was committed since. Update the application's SQLite.");
    }
    return cursor.frame() == limit.frames;
  }

  private void take(
      FrameSink sink,
      long frame,
      long page,
      byte[] source,
      int offset,
      long databasePages,
      Instant seen)
      throws IOException {
    alive.run();
    long hash = PageHash.hash(page, source, offset, image.pageSize());
    long before = image.originOf(page);
    if (DatabaseImage.epochOf(before) != cursor.epoch()
        || DatabaseImage.frameOf(before) < transactionStart) {
      transactionPages++;
    }
    if (frame > inFile) {
      if (copy.isPresent()) {
        copy.get().beforeChange(page);
      }
      image.frame(page, hash, DatabaseImage.origin(cursor.epoch(), frame));
    }
    sink.page(page, source, offset);
    frames++;
    if (databasePages != 0 && frame <= inFile) {
      // Whatever shrank and grew until here, the file is what came of it.
      image.startAt(databasePages);
    } else if (databasePages != 0) {
      chain.checkNotAbandoned();
      if (copy.isPresent()) {
        for (long p = databasePages + 1; p <= image.pages(); p++) {
          alive.run();
          copy.get().beforeChange(p);
        }
      }
      image.commit(databasePages);
      transactions++;
      sink.commit(
          new FrameSink.Commit(
              seen,
              frame - transactionStart + 1,
              transactionPages,
              databasePages,
              image.checksum()));
      transactionStart = frame + 1;
      transactionPages = 0;
    }
  }

  private Limit limit() throws IOException {
    for (int i = 0; i < LIMIT_ATTEMPTS; i++) {
      Optional<WalHeader> before = wal.header();
      Optional<ReadLockChain.Checkpoint> progress = chain.progress();
      if (progress.isPresent() && before.equals(wal.header())) {
        long frames = progress.get().frames();
        logBytes = before.map(h -> h.frameOffset(frames + 1)).orElse(0L);
        return new Limit(before, frames, progress.get().backfilled());
      }
      LockSupport.parkNanos(LIMIT_PAUSE_NANOS);
    }
    throw new ContinuityLostException(
        "SQLite did not say how long the log is in " + LIMIT_ATTEMPTS + " attempts");
  }

  /** Ends following. If this was the last connection, SQLite checkpoints and deletes the log. */
  @Override
  public void close() {
    try {
      chain.close();
    } finally {
      image.close();
      try {
        wal.close();
      } catch (IOException e) {
        LOG.warn("closing the log of {} failed: {}", database.path(), e.toString());
      }
    }
  }
}
