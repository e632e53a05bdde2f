package dev.sidewal.tables;

import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A table that came back.
 *
 * @param table its name at the moment
 * @param name its name in the live database
 * @param action what was done
 * @param rows how many rows came
 * @param liveRows how many the live table of its own name had; empty if there was none
 * @param indexes the names of its indexes
 * @param triggers the names of its triggers
 */
public record RestoredTable(
    String table,
    String name,
    Action action,
    long rows,
    OptionalLong liveRows,
    List<String> indexes,
    List<String> triggers) {

  /** What was done. */
  public enum Action {
    /** It stands under a new name; the live one was not touched. */
    COPIED,
    /** It stands in the place of the live one. */
    REPLACED,
    /** It was gone from the live database, and is there again. */
    RETURNED
  }

  /** Takes copies of the lists. */
  public RestoredTable {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(action, "action");
    Objects.requireNonNull(liveRows, "liveRows");
    indexes = List.copyOf(indexes);
    triggers = List.copyOf(triggers);
  }
}
