package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Notices what SQLite itself does not: that a followed database's files were changed, cut or taken
 * away behind its back. A look costs two stat calls as long as nothing was written.
 *
 * <p><b>What is compared.</b> Below the held read transaction, a checkpoint writes only pages of
 * frames that were copied. So a page that no frame of this log has carried, and any page once the
 * log is backfilled completely, must be in the file what the image says. When the file was written
 * to although nothing was committed or backfilled since the look before, somebody else wrote it,
 * and every page is compared; so it is when the database is small. Otherwise a sample must do.
 *
 * <p>A change is reported when the file has come to rest, so that nothing is read from it while it
 * is half one and half another. Not safe for use by several threads.
 */
final class FileGuard {

  /** Databases up to this size are always compared as a whole. */
  private static final long SMALL = 8L << 20;

  private static final int READ_BYTES = 256 * 1024;
  private static final int SAMPLE = 64;

  /** How far the log was copied and backfilled. */
  private record Progress(long epoch, long frame, long backfilled) {}

  private final DatabaseFile database;
  private final Path log;
  private final FileStamp logAtBegin;
  private final ReadLockChain chain;
  private final LogCursor cursor;
  private final DatabaseImage image;
  private final Runnable alive;
  private final long zeroContent;
  private FileStamp lastLook = FileStamp.UNKNOWN;
  private FileStamp suspect = FileStamp.UNKNOWN;
  private Optional<Progress> lastProgress = Optional.empty();

  FileGuard(
      DatabaseFile database,
      ReadLockChain chain,
      LogCursor cursor,
      DatabaseImage image,
      Runnable alive)
      throws IOException {
    this.database = database;
    this.log = WalFile.pathOf(database.path());
    this.logAtBegin = FileStamp.of(log);
    this.chain = chain;
    this.cursor = cursor;
    this.image = image;
    this.alive = alive;
    this.zeroContent = PageHash.content(new byte[image.pageSize()], 0, image.pageSize());
  }

  /** Returns how the file was when it was last found to be what it must be. */
  FileStamp verified() {
    return lastLook;
  }

  /**
   * Looks once.
   *
   * @throws ContinuityLostException if something was done to the files
   */
  void look() throws IOException {
    lookAtLog();
    FileStamp now = FileStamp.of(database.path());
    if (now.unchanged(lastLook)) {
      return;
    }
    Optional<ReadLockChain.Checkpoint> asked = chain.progress();
    if (asked.isEmpty()) {
      return;
    }
    long frames = asked.get().frames();
    long backfilled = asked.get().backfilled();
    // No frames: the log was reset, after all of it was copied and backfilled.
    boolean reset = frames == 0;
    if (!reset && frames != cursor.frame()) {
      return;
    }
    boolean complete = reset || backfilled == frames;
    Progress progress =
        new Progress(cursor.epoch(), cursor.frame(), reset ? cursor.frame() : backfilled);
    boolean all =
        image.pages() * image.pageSize() <= SMALL
            || lastProgress.filter(progress::equals).isPresent();
    Optional<Long> changed = all ? changedPage(complete) : changedInSample(complete);
    if (changed.isEmpty()) {
      lastLook = now;
      lastProgress = Optional.of(progress);
    } else if (now.unchanged(suspect)) {
      report(changed.get());
    } else {
      suspect = now;
    }
  }

  private void lookAtLog() throws IOException {
    FileStamp logNow;
    try {
      logNow = FileStamp.of(log);
    } catch (NoSuchFileException e) {
      throw new ContinuityLostException(
          log
              + " was deleted while the database was in use. What the application committed since"
              + " may be lost to it; never delete this file by hand",
          e);
    }
    if (logAtBegin.inode() != 0 && !logNow.sameFile(logAtBegin)) {
      throw new ContinuityLostException(log + " was replaced while the database was in use");
    }
  }

  /** Returns the first page that is not what it must be. */
  private Optional<Long> changedPage(boolean complete) throws IOException {
    int perRead = Math.max(1, READ_BYTES / image.pageSize());
    byte[] buffer = new byte[perRead * image.pageSize()];
    for (long first = 1; first <= image.pages(); first += perRead) {
      int count = (int) Math.min(perRead, image.pages() - first + 1);
      Optional<Long> changed = changedPage(first, count, buffer, complete);
      if (changed.isPresent()) {
        return changed;
      }
      alive.run();
    }
    return Optional.empty();
  }

  private Optional<Long> changedInSample(boolean complete) throws IOException {
    byte[] buffer = new byte[image.pageSize()];
    for (int i = 0; i < SAMPLE; i++) {
      long page =
          i == 0
              ? 1
              : i == 1 ? image.pages() : ThreadLocalRandom.current().nextLong(image.pages()) + 1;
      Optional<Long> changed = changedPage(page, 1, buffer, complete);
      if (changed.isPresent()) {
        return changed;
      }
    }
    return Optional.empty();
  }

  private Optional<Long> changedPage(long first, int count, byte[] buffer, boolean complete)
      throws IOException {
    int pageSize = image.pageSize();
    database.read((first - 1) * pageSize, buffer, 0, count * pageSize);
    for (int i = 0; i < count; i++) {
      long page = first + i;
      if (mustBeInFile(page, complete)
          && PageHash.hash(page, buffer, i * pageSize, pageSize) != image.hashOf(page)) {
        return Optional.of(page);
      }
    }
    return Optional.empty();
  }

  private boolean mustBeInFile(long page, boolean complete) {
    boolean inLog = DatabaseImage.epochOf(image.originOf(page)) == cursor.epoch();
    // A page that was never written counts as zeros; the file may hold anything there.
    return page != image.lockBytePage()
        && (complete || !inLog)
        && image.hashOf(page) != PageHash.withNumber(page, zeroContent);
  }

  private void report(long page) throws IOException {
    boolean cut = database.length() < page * image.pageSize();
    throw new ContinuityLostException(
        cut
            ? database.path()
                + " was cut off: it must have "
                + image.pages() * image.pageSize()
                + " bytes"
            : database.path()
                + " was overwritten past SQLite, by a copied file perhaps: page "
                + page
                + " is another one");
  }
}
