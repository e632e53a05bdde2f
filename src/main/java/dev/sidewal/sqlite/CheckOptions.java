package dev.sidewal.sqlite;

import java.time.Duration;
import java.util.Objects;

/**
 * How a database is checked.
 *
 * @param full {@code integrity_check}, which also compares every index with its table, instead of
 *     {@code quick_check}
 * @param foreignKeys whether {@code foreign_key_check} is done as well
 * @param limit how many problems are listed, at least 1
 * @param busyTimeout how long SQLite waits for a lock; whole milliseconds
 * @param step is called now and then while SQLite works, and may throw to end the check
 */
public record CheckOptions(
    boolean full, boolean foreignKeys, int limit, Duration busyTimeout, Runnable step) {

  /** How many problems are listed unless told otherwise. */
  public static final int DEFAULT_LIMIT = 100;

  /** The largest limit. */
  public static final int MAX_LIMIT = 1_000_000;

  /** {@code quick_check} and {@code foreign_key_check}. */
  public static final CheckOptions QUICK =
      new CheckOptions(false, true, DEFAULT_LIMIT, Duration.ofSeconds(10), () -> {});

  /** {@code integrity_check} and {@code foreign_key_check}. */
  public static final CheckOptions FULL = QUICK.withFull(true);

  /** Checks the range. */
  public CheckOptions {
    Objects.requireNonNull(busyTimeout, "busyTimeout");
    Objects.requireNonNull(step, "step");
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("limit " + limit);
    }
  }

  /** Returns the same with or without the indexes. */
  public CheckOptions withFull(boolean value) {
    return new CheckOptions(value, foreignKeys, limit, busyTimeout, step);
  }

  /** Returns the same with or without foreign keys. */
  public CheckOptions withForeignKeys(boolean value) {
    return new CheckOptions(full, value, limit, busyTimeout, step);
  }

  /** Returns the same with another limit. */
  public CheckOptions withLimit(int value) {
    return new CheckOptions(full, foreignKeys, value, busyTimeout, step);
  }

  /** Returns the same with somebody who is called now and then. */
  public CheckOptions withStep(Runnable value) {
    return new CheckOptions(full, foreignKeys, limit, busyTimeout, value);
  }

  /** Returns the name of SQLite's check. */
  public String pragma() {
    return full ? "integrity_check" : "quick_check";
  }
}
