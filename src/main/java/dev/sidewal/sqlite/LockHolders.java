package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Who holds the right to write a database, as far as the kernel tells: the POSIX locks that SQLite
 * takes on the {@code -shm} file in WAL mode, and on the database file without it. No file is
 * opened for it: closing it again would drop the locks of this process.
 *
 * @see <a href="https://www.sqlite.org/walformat.html#wal_locks">WAL locks</a>
 */
public final class LockHolders {

  private static final Path LOCKS = Path.of("/proc/locks");

  /** WAL_WRITE_LOCK's place in the {@code -shm} file. */
  private static final long WAL_WRITE = 120;

  private LockHolders() {}

  /**
   * Returns the processes that may write now, such as {@code process 4711 (python3)}; empty if none
   * is seen: then there is none, or the system does not tell, or it lives in another container.
   */
  public static List<String> writers(Path database) {
    Set<String> holders = new LinkedHashSet<>();
    try {
      List<String> lines = Files.exists(LOCKS) ? Files.readAllLines(LOCKS) : List.of();
      collect(lines, database, Pages.PENDING_BYTE, Pages.PENDING_BYTE + 1, holders);
      collect(lines, Path.of(database + "-shm"), WAL_WRITE, WAL_WRITE, holders);
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      // Not told here; the message goes without it.
      return List.of();
    }
    return new ArrayList<>(holders);
  }

  /** Lines look like {@code 7: POSIX ADVISORY WRITE 4711 fd:01:123456 120 120}. */
  private static void collect(
      List<String> lines, Path file, long from, long to, Set<String> holders) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    String inode = Files.getAttribute(file, "unix:ino").toString();
    for (String line : lines) {
      List<String> f = List.of(line.trim().split("\\s+"));
      if (f.size() != 8 || !f.get(3).equals("WRITE") || !f.get(5).endsWith(":" + inode)) {
        continue;
      }
      long begin = Long.parseLong(f.get(6));
      long end = f.get(7).equals("EOF") ? Long.MAX_VALUE : Long.parseLong(f.get(7));
      if (begin <= to && end >= from && Long.parseLong(f.get(4)) > 0) {
        holders.add("process " + f.get(4) + name(f.get(4)));
      }
    }
  }

  private static String name(String pid) {
    try {
      return " (" + Files.readString(Path.of("/proc", pid, "comm")).strip() + ")";
    } catch (IOException e) {
      return "";
    }
  }
}
