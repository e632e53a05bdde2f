package dev.sidewal.sqlite;

import dev.sidewal.error.DatabaseException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * Switches a database to WAL mode: the one write that Sidewal ever makes, and only when told to.
 */
public final class JournalMode {

  private static final Duration WAIT = Duration.ofSeconds(5);

  private JournalMode() {}

  /**
   * Switches a database to WAL mode, which stays so in the file.
   *
   * @throws DatabaseException if another process does not let go of it in time
   */
  public static void switchToWal(Path database) {
    try (SqliteConnection c = SqliteConnection.open(database, WAIT, true)) {
      String mode = c.text("PRAGMA journal_mode=WAL").toLowerCase(Locale.ROOT);
      if (!mode.equals("wal")) {
        throw new DatabaseException(
            "Could not switch "
                + database
                + " to WAL mode; it stays in mode '"
                + mode
                + "'. Nothing was changed.");
      }
    }
  }
}
