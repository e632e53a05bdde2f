package dev.sidewal.sqlite;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A process that has a database or one of its companions open.
 *
 * @param pid its process id
 * @param command its command line, perhaps cut off; {@code unknown} if it ended meanwhile
 * @param self whether it is this very process
 * @param open which of the files it has open; empty if only its locks can be seen
 * @param locks the locks that it holds on them; immutable
 */
public record FileUser(long pid, String command, boolean self, Set<Part> open, List<Lock> locks) {

  /** The files of a database. */
  public enum Part {
    /** The database itself. */
    DATABASE(""),
    /** The write-ahead log. */
    WAL("-wal"),
    /** The index of the log, which all connections share. */
    SHM("-shm"),
    /** The rollback journal. */
    JOURNAL("-journal");

    private final String suffix;

    Part(String suffix) {
      this.suffix = suffix;
    }

    /** Returns what is appended to the database's name. */
    public String suffix() {
      return suffix;
    }
  }

  /**
   * What a lock is for, by the bytes that it covers.
   *
   * @see <a href="https://www.sqlite.org/lockingv3.html">File Locking And Concurrency</a>
   * @see <a href="https://www.sqlite.org/walformat.html#wal_locks">WAL-mode File Format, Locks</a>
   */
  public enum LockKind {
    /** Of the database: a writer waits for the readers to end; nobody can begin to read. */
    PENDING(Part.DATABASE, 0x4000_0000L, 1),
    /** Of the database in rollback-journal mode: a write transaction is open. */
    RESERVED(Part.DATABASE, 0x4000_0001L, 1),
    /** Of the database: shared, somebody reads (in WAL mode: is connected); exclusive, alone. */
    SHARED(Part.DATABASE, 0x4000_0002L, 510),
    /** Of the log's index: a write transaction is open. */
    WAL_WRITE(Part.SHM, 120, 1),
    /** A checkpoint is being done. */
    WAL_CHECKPOINT(Part.SHM, 121, 1),
    /** The log's index is being made anew. */
    WAL_RECOVER(Part.SHM, 122, 1),
    /** A reader that needs nothing of the log; it keeps checkpoints from writing. */
    WAL_READ_0(Part.SHM, 123, 1),
    /** A reader with read mark 1; it keeps the log from beginning anew. */
    WAL_READ_1(Part.SHM, 124, 1),
    /** The same with read mark 2. */
    WAL_READ_2(Part.SHM, 125, 1),
    /** The same with read mark 3. */
    WAL_READ_3(Part.SHM, 126, 1),
    /** The same with read mark 4. */
    WAL_READ_4(Part.SHM, 127, 1),
    /** The dead-man switch: it is connected in WAL mode. */
    WAL_CONNECTED(Part.SHM, 128, 1);

    private final Part part;
    private final long first;
    private final long length;

    LockKind(Part part, long first, long length) {
      this.part = part;
      this.first = first;
      this.length = length;
    }

    /** Returns the file that the bytes are of. */
    public Part part() {
      return part;
    }

    /** Returns whether it is the lock of a read transaction in WAL mode. */
    public boolean isWalRead() {
      return compareTo(WAL_READ_0) >= 0 && compareTo(WAL_READ_4) <= 0;
    }

    boolean overlaps(long from, long to) {
      return from < first + length && to >= first;
    }
  }

  /**
   * A lock.
   *
   * @param kind what it is for
   * @param exclusive whether it shuts all others out; else several may hold it
   */
  public record Lock(LockKind kind, boolean exclusive) {

    /** Checks that nothing is missing. */
    public Lock {
      Objects.requireNonNull(kind, "kind");
    }
  }

  /** Takes copies of the collections. */
  public FileUser {
    Objects.requireNonNull(command, "command");
    open = Set.copyOf(open);
    locks = List.copyOf(locks);
  }

  /** Returns whether it holds a lock of a kind. */
  public boolean holds(LockKind kind) {
    return locks.stream().anyMatch(lock -> lock.kind() == kind);
  }

  /** Returns whether it has a write transaction open, in either mode. */
  public boolean writes() {
    return locks.stream()
        .anyMatch(
            lock ->
                lock.kind() == LockKind.WAL_WRITE
                    || (lock.exclusive()
                        && (lock.kind() == LockKind.RESERVED || lock.kind() == LockKind.SHARED)));
  }

  /** Returns whether it has a read transaction open that pins the log. */
  public boolean readsWal() {
    return locks.stream().anyMatch(lock -> lock.kind().isWalRead());
  }

  /** Returns one line for people: who it is and what it does with the database. */
  public String text() {
    String what;
    if (writes()) {
      what = "is in a write transaction";
    } else if (readsWal()) {
      what = "is in a read transaction";
    } else if (locks.stream().anyMatch(lock -> lock.kind() == LockKind.SHARED)) {
      what =
          open.contains(Part.SHM)
              ? "has it open and is in no transaction"
              : "has it open and holds a shared lock";
    } else {
      what =
          locks.isEmpty()
              ? "has it open and holds no lock"
              : "holds the locks "
                  + new TreeSet<>(
                      locks.stream().map(lock -> lock.kind().name()).collect(Collectors.toSet()));
    }
    return "process " + pid + " (" + command + ") " + what;
  }
}
