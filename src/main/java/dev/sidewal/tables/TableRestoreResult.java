package dev.sidewal.tables;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What came of bringing tables back.
 *
 * @param tables the tables, in the order in which they were asked for
 * @param notes what a person should know
 * @param locked how long nobody else could write
 */
public record TableRestoreResult(List<RestoredTable> tables, List<String> notes, Duration locked) {

  /** Takes copies of the lists. */
  public TableRestoreResult {
    Objects.requireNonNull(locked, "locked");
    tables = List.copyOf(tables);
    notes = List.copyOf(notes);
  }
}
