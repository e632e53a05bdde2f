package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Proves, under a held read transaction, that the log holds everything that was committed since an
 * earlier run's mark.
 *
 * <p><b>The proof.</b> The log's header is the one that the earlier run followed, so no reset wrote
 * a new one; the frames up to the mark are read again and lead to the same running checksum, so
 * they are the ones that were copied; at least so many are committed, so no reset is under way
 * whose header is still to come; and what follows them is whole.
 *
 * <p>That the database file was not put in another's place without the log noticing (a file copied
 * over it) is proved by its stamp: nothing was written to it. If something was, for a checkpoint
 * may have, every page is read and compared whose latest version must be in the file: it is in no
 * frame of this log, or in one that was backfilled, and that SQLite therefore does not look at any
 * more. The log is held meanwhile; if it grows too long, the proof is given up.
 */
final class ContinuityProof {

  private static final int READ_BYTES = 256 * 1024;
  private static final int READS_PER_LOOK = 16;

  /**
   * For each page the last frame of the log that carries it, and the hash of what it carries. Two
   * entries a page; 0 for a page that the log does not have.
   */
  private record Carried(LongTable table) {
    void put(long page, long frame, long hash) throws IOException {
      table.ensure(2 * page + 1);
      table.put(2 * page, frame);
      table.put(2 * page + 1, hash);
    }

    long frame(long page) {
      return table.get(2 * page);
    }

    long hash(long page) {
      return table.get(2 * page + 1);
    }
  }

  /** Says whether the log may be held any longer. */
  interface Patience {
    boolean mayGoOn(long logBytesAtBegin) throws IOException;
  }

  private final DatabaseFile database;
  private final WalFile wal;
  private final LogCursor cursor;
  private final DatabaseImage image;
  private final Patience patience;

  ContinuityProof(
      DatabaseFile database,
      WalFile wal,
      LogCursor cursor,
      DatabaseImage image,
      Patience patience) {
    this.patience = patience;
    this.database = database;
    this.wal = wal;
    this.cursor = cursor;
    this.image = image;
  }

  /**
   * Returns whether it holds; the cursor then stands at the mark, and the image knows where in the
   * log its pages are.
   *
   * @param header the log's header
   * @param frames how many of its frames are committed
   * @param backfilled at least so many of them are in the database file
   */
  boolean holds(SavedImage saved, Optional<WalHeader> header, long frames, long backfilled)
      throws IOException {
    FollowMark mark = saved.mark();
    if (header.isEmpty()
        || !mark.sealed()
        || !header.equals(mark.epoch())
        || frames < mark.frame()) {
      return false;
    }
    Path work = saved.directory().resolve("pages.log");
    LongTable table = new LongTable(work);
    try {
      Carried carried = new Carried(table);
      cursor.enter(header.get());
      cursor.advance(
          mark.frame(),
          (frame, page, source, offset, databasePages) -> {
            image.locate(page, DatabaseImage.origin(cursor.epoch(), frame));
            carried.put(page, frame, PageHash.hash(page, source, offset, mark.pageSize()));
            return true;
          });
      LogCursor.Place place = cursor.place();
      if (place.checksum1() != mark.checksum1() || place.checksum2() != mark.checksum2()) {
        return false;
      }
      // All that is copied later is verified now, so that a damaged log is noticed at once.
      long[] pages = {mark.pages()};
      cursor.advance(
          frames,
          (frame, page, source, offset, databasePages) -> {
            carried.put(page, frame, PageHash.hash(page, source, offset, mark.pageSize()));
            pages[0] = databasePages == 0 ? pages[0] : databasePages;
            return true;
          });
      cursor.goBack(place);
      boolean untouched = FileStamp.of(database.path()).unchanged(mark.file());
      return (untouched
              || fileIsAsItMustBe(
                  mark,
                  Math.min(mark.pages(), pages[0]),
                  carried,
                  backfilled,
                  header.get().frameOffset(frames + 1)))
          && wal.header().equals(header);
    } catch (ContinuityLostException e) {
      return false;
    } finally {
      table.close();
      Files.deleteIfExists(work);
    }
  }

  private boolean fileIsAsItMustBe(
      FollowMark mark, long pages, Carried carried, long backfilled, long logBytes)
      throws IOException {
    int pageSize = mark.pageSize();
    int perRead = Math.max(1, READ_BYTES / pageSize);
    byte[] buffer = new byte[perRead * pageSize];
    for (long first = 1; first <= pages; first += perRead) {
      if ((first - 1) / perRead % READS_PER_LOOK == 0 && !patience.mayGoOn(logBytes)) {
        return false;
      }
      int count = (int) Math.min(perRead, pages - first + 1);
      database.read((first - 1) * pageSize, buffer, 0, count * pageSize);
      for (int i = 0; i < count; i++) {
        long page = first + i;
        long frame = carried.frame(page);
        long expected = frame == 0 ? image.hashOf(page) : carried.hash(page);
        if (page != image.lockBytePage()
            && frame <= backfilled
            && PageHash.hash(page, buffer, i * pageSize, pageSize) != expected) {
          return false;
        }
      }
    }
    return true;
  }
}
