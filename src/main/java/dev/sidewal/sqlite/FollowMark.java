package dev.sidewal.sqlite;

import java.util.Objects;
import java.util.Optional;

/**
 * A moment of following, between two transactions, in enough detail to prove later whether the log
 * can be followed on from there without a gap.
 *
 * @param pageSize bytes a page
 * @param pages the database's size in pages
 * @param checksum the database checksum
 * @param epoch the header of the epoch of the log; empty if there was none yet
 * @param frame the last copied frame of that epoch, 0 if none
 * @param checksum1 first half of the log's running checksum there
 * @param checksum2 second half
 * @param sealed whether that running checksum says anything: SQLite left no frame without one there
 * @param file the database file at about that moment
 */
public record FollowMark(
    int pageSize,
    long pages,
    long checksum,
    Optional<WalHeader> epoch,
    long frame,
    int checksum1,
    int checksum2,
    boolean sealed,
    FileStamp file) {
  /** Checks for null. */
  public FollowMark {
    Objects.requireNonNull(epoch, "epoch");
    Objects.requireNonNull(file, "file");
  }
}
