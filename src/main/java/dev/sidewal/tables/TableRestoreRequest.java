package dev.sidewal.tables;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Which tables are to be brought back, and into what.
 *
 * @param tables their names; at least one
 * @param into the live database; it must be there
 * @param replace whether a table of the same name is replaced
 * @param as the new name of the one table; empty for its own with {@code _restored} behind it
 * @param foreignKeys whether new violations of foreign keys undo everything
 * @param busyTimeout how long to wait for the right to write
 * @param dryRun whether it is only told what would be done
 */
public record TableRestoreRequest(
    List<String> tables,
    Path into,
    boolean replace,
    Optional<String> as,
    boolean foreignKeys,
    Duration busyTimeout,
    boolean dryRun) {

  /** Takes a copy of the list. */
  public TableRestoreRequest {
    Objects.requireNonNull(into, "into");
    Objects.requireNonNull(as, "as");
    Objects.requireNonNull(busyTimeout, "busyTimeout");
    tables = List.copyOf(tables);
  }
}
