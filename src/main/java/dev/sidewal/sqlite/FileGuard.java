package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Notices what SQLite itself does not: that a followed database's files were changed, cut or taken
 * away behind its back. A look costs two stat calls as long as nothing was written. Not safe for
 * use by several threads.
 */
final class FileGuard {

  private final DatabaseFile database;
  private final Path log;
  private final FileStamp logAtBegin;
  private final ReadLockChain chain;
  private final LogCursor cursor;
  private final DatabaseImage image;
  private final byte[] page;
  private FileStamp lastLook = FileStamp.UNKNOWN;

  FileGuard(DatabaseFile database, ReadLockChain chain, LogCursor cursor, DatabaseImage image)
      throws IOException {
    this.database = database;
    this.log = WalFile.pathOf(database.path());
    this.logAtBegin = FileStamp.of(log);
    this.chain = chain;
    this.cursor = cursor;
    this.image = image;
    this.page = new byte[image.pageSize()];
  }

  /**
   * Looks once.
   *
   * @throws ContinuityLostException if something was done to the files
   */
  void look() throws IOException {
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
    FileStamp now = FileStamp.of(database.path());
    if (now.unchanged(lastLook) || !atEndOfBackfilledLog()) {
      return;
    }
    long expected = image.pages() * image.pageSize();
    database.read(0, page, 0, page.length);
    boolean cut = database.length() < expected;
    boolean changed = PageHash.hash(1, page, 0, page.length) != image.hashOf(1);
    if ((cut || changed) && atEndOfBackfilledLog()) {
      throw new ContinuityLostException(
          cut
              ? database.path() + " was cut off: it must have " + expected + " bytes"
              : database.path() + " was overwritten past SQLite, by a copied file perhaps");
    }
    lastLook = now;
  }

  /** Whether all that was committed was copied, and all of that is in the database file. */
  private boolean atEndOfBackfilledLog() {
    long frames = chain.committedFrames().orElse(-1);
    return frames == cursor.frame() && chain.backfilledCompletely();
  }
}
