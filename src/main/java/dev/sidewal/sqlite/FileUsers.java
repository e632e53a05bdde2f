package dev.sidewal.sqlite;

import dev.sidewal.sqlite.FileUser.Lock;
import dev.sidewal.sqlite.FileUser.LockKind;
import dev.sidewal.sqlite.FileUser.Part;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who has a database open, and who holds which of SQLite's locks on it, as far as the system shows
 * it: Linux does, by {@code /proc/<pid>/fd} and {@code /proc/locks}. What could not be seen is part
 * of the answer, for "nobody" must not be said by one who cannot look.
 *
 * <p>Invariant: no file of the database is opened, only looked at with stat. Closing one would drop
 * the locks that this process holds on it.
 *
 * @param users the processes, in the order of their ids, this one among them if it is one;
 *     immutable
 * @param unseen one line for each reason why there may be more; immutable
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_locks.5.html">proc_locks(5)</a>
 */
public record FileUsers(List<FileUser> users, List<String> unseen) {

  private static final int MAX_COMMAND = 120;

  /** Options of the JVM whose value is a word of its own. */
  private static final Set<String> WITH_VALUE =
      Set.of(
          "-cp",
          "-classpath",
          "--class-path",
          "-p",
          "--module-path",
          "--add-modules",
          "--add-exports",
          "--add-opens",
          "--add-reads");

  /** The number of the first process namespace's file; see proc_ns.h in Linux. */
  private static final String FIRST_NAMESPACE = "pid:[4026531836]";

  /** Takes copies of the lists. */
  public FileUsers {
    users = List.copyOf(users);
    unseen = List.copyOf(unseen);
  }

  /** Looks now. */
  public static FileUsers of(Path database) {
    return of(database, Path.of("/proc"));
  }

  static FileUsers of(Path database, Path proc) {
    return new Look(database, proc).look();
  }

  /** Returns the users that are other processes than this one. */
  public List<FileUser> others() {
    return users.stream().filter(user -> !user.self()).toList();
  }

  /** A file as the kernel names it. */
  private record Identity(long device, long inode) {

    /** As {@code /proc/locks} writes it. */
    String inLocks() {
      // The layout of Linux's dev_t, as makedev(3) makes it.
      long major = (device >>> 8 & 0xfff) | (device >>> 32 & ~0xfffL);
      long minor = (device & 0xff) | (device >>> 12 & ~0xffL);
      return String.format(Locale.ROOT, "%02x:%02x:%d", major, minor, inode);
    }
  }

  /** One look. */
  private static final class Look {
    private final Path database;
    private final Path proc;
    private final Map<Identity, Part> parts = new HashMap<>();
    private final Map<Long, Set<Part>> open = new TreeMap<>();
    private final Map<Long, List<Lock>> locks = new TreeMap<>();
    private final List<String> unseen = new ArrayList<>();
    private final long self = ProcessHandle.current().pid();
    private int closed;

    Look(Path database, Path proc) {
      this.database = database;
      this.proc = proc;
    }

    FileUsers look() {
      if (!Files.isDirectory(proc.resolve("self/fd"))) {
        return new FileUsers(
            List.of(), List.of("this system does not show which processes have a file open"));
      }
      try {
        findParts();
        if (!parts.isEmpty()) {
          findOpen();
          findLocks();
          lookAround();
        }
      } catch (IOException e) {
        unseen.add("looking for processes failed: " + e);
      }
      Map<Long, FileUser> users = new TreeMap<>();
      open.forEach((pid, files) -> users.put(pid, user(pid)));
      locks.keySet().forEach(pid -> users.computeIfAbsent(pid, this::user));
      return new FileUsers(List.copyOf(users.values()), unseen);
    }

    private FileUser user(long pid) {
      return new FileUser(
          pid,
          command(pid),
          pid == self,
          open.getOrDefault(pid, Set.of()),
          locks.getOrDefault(pid, List.of()));
    }

    private void findParts() throws IOException {
      // SQLite follows links and puts the companions beside the file itself.
      Path file = Files.exists(database) ? database.toRealPath() : database.toAbsolutePath();
      for (Part part : Part.values()) {
        identity(file.resolveSibling(file.getFileName() + part.suffix()))
            .ifPresent(identity -> parts.put(identity, part));
      }
    }

    private static Optional<Identity> identity(Path path) {
      try {
        Map<String, Object> a = Files.readAttributes(path, "unix:dev,ino");
        return Optional.of(new Identity((Long) a.get("dev"), (Long) a.get("ino")));
      } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
        return Optional.empty();
      }
    }

    private void findOpen() throws IOException {
      try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[1-9]*")) {
        for (Path process : processes) {
          findOpen(process, Long.parseLong(process.getFileName().toString()));
        }
      }
      if (closed > 0) {
        unseen.add(
            closed
                + (closed == 1 ? " process" : " processes")
                + " whose open files this one may not see, as those of other users");
      }
    }

    private void findOpen(Path process, long pid) {
      Set<Part> found = EnumSet.noneOf(Part.class);
      try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
        for (Path file : files) {
          // Sockets, pipes and the like are no links into the file system.
          if (Files.readSymbolicLink(file).toString().startsWith("/")) {
            identity(file).map(parts::get).ifPresent(found::add);
          }
        }
      } catch (AccessDeniedException e) {
        // Threads of the kernel and processes that are ending have no command line, and no files.
        if (!commandLine(pid).isEmpty()) {
          closed++;
        }
      } catch (IOException | java.nio.file.DirectoryIteratorException e) {
        // It has ended meanwhile.
        return;
      }
      if (!found.isEmpty()) {
        open.put(pid, found);
      }
    }

    /**
     * Some file systems (btrfs, overlays) have another device number for stat than for locks: there
     * the inode must do, together with an open file.
     */
    private void findLocks() throws IOException {
      Map<String, Part> byName = new HashMap<>();
      Map<Long, Part> byInode = new HashMap<>();
      parts.forEach(
          (identity, part) -> {
            byName.put(identity.inLocks(), part);
            byInode.put(identity.inode(), part);
          });
      for (String line : Files.readAllLines(proc.resolve("locks"))) {
        // 1: POSIX  ADVISORY  WRITE 13836 fe:00:9987532 1073741826 1073742335
        String[] words = line.split(" +", -1);
        if (words.length < 8 || words[1].equals("->")) {
          continue;
        }
        long pid = Long.parseLong(words[4]);
        long inode = Long.parseLong(words[5].substring(words[5].lastIndexOf(':') + 1));
        Part part = byName.get(words[5]);
        Part same = byInode.get(inode);
        if (part == null && same != null && open.getOrDefault(pid, Set.of()).contains(same)) {
          part = same;
        }
        if (part != null && pid > 0) {
          long to = words[7].equals("EOF") ? Long.MAX_VALUE : Long.parseLong(words[7]);
          add(pid, part, Long.parseLong(words[6]), to, words[3].equals("WRITE"));
        }
      }
    }

    private void add(long pid, Part part, long from, long to, boolean exclusive) {
      List<Lock> held = locks.computeIfAbsent(pid, p -> new ArrayList<>());
      for (LockKind kind : LockKind.values()) {
        if (kind.part() == part && kind.overlaps(from, to)) {
          held.add(new Lock(kind, exclusive));
        }
      }
    }

    private void lookAround() throws IOException {
      if (!Files.readSymbolicLink(proc.resolve("self/ns/pid")).toString().equals(FIRST_NAMESPACE)) {
        unseen.add("processes outside of this container");
      }
      if (!Files.exists(proc.resolve("1"), LinkOption.NOFOLLOW_LINKS)) {
        unseen.add("processes of other users, which this system hides");
      }
      String type = Files.getFileStore(database).type();
      if (type.startsWith("nfs") || type.startsWith("cifs") || type.startsWith("smb")) {
        unseen.add("processes on other machines that use the " + type + " file system");
      }
    }

    private String command(long pid) {
      String line = withoutJvmOptions(commandLine(pid));
      return line.isEmpty()
          ? "unknown"
          : line.length() > MAX_COMMAND ? line.substring(0, MAX_COMMAND) + "..." : line;
    }

    /** What a Java program is comes after all options of the JVM, often too late to be shown. */
    private static String withoutJvmOptions(String line) {
      String[] words = line.split(" ", -1);
      int i = 1;
      if (!words[0].endsWith("/java") && !words[0].equals("java")) {
        return line;
      }
      while (i < words.length && words[i].startsWith("-") && !words[i].equals("-jar")) {
        i += WITH_VALUE.contains(words[i]) ? 2 : 1;
      }
      return i >= words.length
          ? line
          : words[0] + " " + String.join(" ", Arrays.asList(words).subList(i, words.length));
    }

    private String commandLine(long pid) {
      try {
        Path file = proc.resolve(Long.toString(pid)).resolve("cmdline");
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
            .replace('\0', ' ')
            .replaceAll("\\p{Cntrl}", "?")
            .strip();
      } catch (IOException e) {
        return "";
      }
    }
  }
}
