package dev.sidewal.agent;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.sqlite.DatabaseFile;
import dev.sidewal.sqlite.DatabaseHeader;
import dev.sidewal.sqlite.JournalMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Says whether a database can be followed yet, by a look at the file alone: no lock is taken, so an
 * application that is just creating it, or switching it to WAL, is not disturbed. Not safe for use
 * by several threads.
 */
final class DatabaseGate {

  /** How long a database that has just appeared may take to become one in WAL mode. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Path path;
  private final boolean enableWal;
  private final boolean wait;
  private final Clock clock;
  private Optional<Instant> appeared = Optional.empty();
  private boolean wasMissing;

  /**
   * Creates a gate.
   *
   * @param wait whether to wait for a database that does not exist
   * @param another whether another file was followed under this path, so that this one is new
   */
  DatabaseGate(Path path, boolean enableWal, boolean wait, boolean another, Clock clock) {
    this.path = path;
    this.enableWal = enableWal;
    this.wait = wait;
    this.clock = clock;
    this.wasMissing = another;
  }

  /**
   * Looks once.
   *
   * @return the database, opened for the caller; empty as long as it is worth waiting for
   * @throws DatabaseException if waiting does not help
   */
  Optional<DatabaseFile> look() {
    try {
      Path real = Files.exists(path) ? path.toRealPath() : path;
      Optional<DatabaseFile> file = DatabaseFile.open(real);
      boolean canBeFollowed = false;
      try {
        canBeFollowed = canBeFollowed(file, real);
        return canBeFollowed ? file : Optional.empty();
      } finally {
        if (!canBeFollowed) {
          file.ifPresent(DatabaseFile::release);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean canBeFollowed(Optional<DatabaseFile> file, Path real) throws IOException {
    if (file.isEmpty() || file.get().length() == 0) {
      return missing(file.isPresent());
    }
    if (appeared.isEmpty()) {
      appeared = Optional.of(clock.instant());
    }
    Optional<DatabaseHeader> header = file.get().header();
    if (header.isEmpty()) {
      return notYet(
          path
              + " is not a SQLite database, or it is encrypted. Nothing was changed. Sidewal needs"
              + " a plain SQLite file; check the path.");
    }
    if (header.get().wal()) {
      return true;
    }
    if (enableWal) {
      JournalMode.switchToWal(real);
      return true;
    }
    return notYet(
        path
            + " is not in WAL mode, so its transactions cannot be followed. Nothing was changed."
            + " Either let the application run \"PRAGMA journal_mode=WAL\" once, or start Sidewal"
            + " with --enable-wal to have it switched; it stays so in the file.");
  }

  private boolean missing(boolean empty) {
    if (!wait) {
      throw new DatabaseException(
          empty
              ? path + " is empty: nothing was ever written to this database."
              : path + " does not exist. Check the path; Sidewal never creates a database.");
    }
    if (!empty && path.getParent() != null && !Files.isDirectory(path.getParent())) {
      throw new DatabaseException(
          "The directory " + path.getParent() + " of the database does not exist. Check the path.");
    }
    wasMissing = true;
    appeared = Optional.empty();
    return false;
  }

  private boolean notYet(String message) {
    boolean inGrace = wasMissing && clock.instant().isBefore(appeared.orElseThrow().plus(GRACE));
    if (!inGrace) {
      throw new DatabaseException(message);
    }
    return false;
  }
}
