package dev.sidewal.sqlite;

import dev.sidewal.fault.CrashPoint;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * Reads a whole database before anything is recorded of it. While the file is read, the log is
 * copied and turned over between steps, so that it stays as short as ever; what is committed
 * meanwhile is part of what was read.
 *
 * <p>Who follows for good keeps the log short meanwhile, with checkpoints and pauses. Who only
 * looks on ({@link #lookingOn}) makes no pause, and leaves checkpoints to the application; see
 * {@link Onlooker}.
 */
public final class WholeRead {

  private static final long STEP_BYTES = 4L << 20;
  private static final long CATCH_UP_BYTES = 64L << 20;

  private WholeRead() {}

  /**
   * Reads an image of the database at the end of what is copied by then.
   *
   * @param sink gets each page at least once, the last version counts
   * @param stop asked between steps whether to give up
   * @return false if told to give up
   */
  public static boolean ofPages(LogFollower follower, PageSink sink, BooleanSupplier stop)
      throws IOException {
    ImageScan scan = follower.newImage();
    if (!read(follower, scan, sink, stop)) {
      return false;
    }
    scan.finish(sink);
    return true;
  }

  /**
   * Makes the hash of every page known, and with that the database checksum, at the end of what is
   * copied by then.
   *
   * @param stop asked between steps whether to give up
   * @return false if told to give up
   */
  public static boolean ofHashes(LogFollower follower, BooleanSupplier stop) throws IOException {
    // Who goes on from an earlier mark knows the hashes; but as long as it has not come to the end
    // of the log, the file may hold what is committed there already, and says nothing.
    boolean behind = !follower.mayCopyImage();
    while (!follower.mayCopyImage()) {
      if (stop.getAsBoolean()) {
        return false;
      }
      follower.copy(FrameSink.NOBODY, CATCH_UP_BYTES);
    }
    if (behind) {
      return true;
    }
    ImageScan scan = follower.newImage();
    if (!read(follower, scan, (page, source, offset) -> {}, stop)) {
      return false;
    }
    scan.finishHashes();
    return true;
  }

  /**
   * Reads an image of the database at the end of what is copied by then, for somebody who only
   * looks on and does not follow after that.
   *
   * @param sink gets each page at least once, the last version counts
   * @param progress gets told how many pages were read, and how many there are
   */
  public static void lookingOn(LogFollower follower, PageSink sink, CopyProgress progress)
      throws IOException {
    ImageScan scan = follower.newImage();
    Onlooker onlooker = follower.newOnlooker();
    boolean done = false;
    while (!done) {
      done = scan.step(sink, STEP_BYTES);
      CrashPoint.SNAPSHOT_STEP.reached();
      progress.read(scan.pagesRead(), follower.databasePages(), follower.pageSize());
      done &= follower.copy(FrameSink.NOBODY, CATCH_UP_BYTES);
      onlooker.moveOn();
    }
    scan.finish(sink);
  }

  private static boolean read(
      LogFollower follower, ImageScan scan, PageSink sink, BooleanSupplier stop)
      throws IOException {
    boolean done = false;
    while (!done) {
      if (stop.getAsBoolean()) {
        return false;
      }
      done = scan.step(sink, STEP_BYTES);
      CrashPoint.SNAPSHOT_STEP.reached();
      long before = follower.statistics().transactions();
      boolean atEnd = follower.copy(FrameSink.NOBODY, Long.MAX_VALUE);
      follower.keepLogShort(FrameSink.NOBODY, before == follower.statistics().transactions());
      done &= atEnd;
    }
    return true;
  }
}
