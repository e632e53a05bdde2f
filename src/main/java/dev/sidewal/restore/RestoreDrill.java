package dev.sidewal.restore;

import dev.sidewal.error.NoRoomException;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;

/**
 * Restores a moment to a temporary file, has it checked by everything that there is, and removes
 * it. The engine, the file and the checks are those of {@code restore}.
 *
 * <p>Invariant: nothing is left when it ends, however it ends: the file is removed by a hook when
 * the process is told to end, and after {@code kill -9} by the next drill of the same replica in
 * the same directory.
 */
final class RestoreDrill {

  /** Room that must stay free besides the file: the disk belongs to others as well. */
  private static final long LEAVE_FREE = 64L << 20;

  private final ObjectStore store;
  private final int parallelism;
  private final RestoreProgress progress;
  private final RandomGenerator random;

  RestoreDrill(
      ObjectStore store, int parallelism, RestoreProgress progress, RandomGenerator random) {
    this.store = store;
    this.parallelism = parallelism;
    this.progress = progress;
    this.random = random;
  }

  /** Looks at a file that was restored, while it is there. */
  @FunctionalInterface
  interface Look {
    /** Looks at it. */
    void at(Path file, RestorePlan plan) throws IOException;
  }

  /** What was restored, and which foreign keys lead nowhere. */
  record Restored(RestorePlan plan, List<String> foreignKeys) {}

  /**
   * Restores and checks.
   *
   * @param directories where the file may be made: the first one that has the room is taken
   * @throws dev.sidewal.error.VerificationFailedException if the database is not what was recorded,
   *     or SQLite finds fault with it
   * @throws NoRoomException if no directory has the room
   */
  Restored run(RestoreTarget target, List<Path> directories, Look look) {
    List<String> foreignKeys = new ArrayList<>();
    RestorePlan done =
        PlannedWork.run(
            store,
            target,
            plan -> {
              foreignKeys.clear();
              Path directory = directory(plan.databaseBytes(), directories);
              try (OutputFile file = OutputFile.create(directory.resolve(name(store)), random)) {
                file.setLength(plan.databaseBytes());
                RestoreEngine.run(store, plan, file, parallelism, progress);
                DatabaseVerifier.checksum(file, plan, progress);
                foreignKeys.addAll(
                    DatabaseVerifier.sqlite(file.temporary(), plan, true, true, progress));
                file.lockAgain();
                look.at(file.temporary(), plan);
              }
            });
    return new Restored(done, List.copyOf(foreignKeys));
  }

  /** Removes what killed drills of a replica left in a directory. */
  static void removeLeftovers(ObjectStore store, Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      OutputFile.removeLeftovers(directory.resolve(name(store)));
    }
  }

  /** One name for each replica, so that what a killed drill left is found again. */
  private static String name(ObjectStore store) {
    CRC32C crc = new CRC32C();
    crc.update(store.location().getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "sidewal-verify-%08x.db", crc.getValue());
  }

  private Path directory(long bytes, List<Path> directories) {
    List<String> rooms = new ArrayList<>();
    for (Path directory : directories) {
      try {
        Files.createDirectories(directory);
        // What a killed drill left takes room as well.
        removeLeftovers(store, directory);
        long usable = Files.getFileStore(directory).getUsableSpace();
        if (usable >= bytes + Math.min(LEAVE_FREE, bytes)) {
          return directory;
        }
        rooms.add(usable + " in " + directory);
      } catch (IOException e) {
        rooms.add("none in " + directory + ", which cannot be used: " + e);
      }
    }
    throw new NoRoomException(
        "There is no room to restore to: the database takes "
            + bytes
            + " bytes, and as much again (at most 64 MiB) must stay free. Free are: "
            + String.join("; ", rooms)
            + ". Nothing is known about the replica by this. Name a directory with room (verify"
            + " --scratch, replicate --verify-directory).");
  }
}
