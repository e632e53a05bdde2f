package dev.sidewal.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A user as the kernel sees one. Access control lists are not looked at.
 *
 * @param uid number
 * @param gids all groups
 */
record UserIdentity(int uid, Set<Integer> gids) {

  private static final int READ = 4;
  private static final int WRITE = 2;
  private static final int SEARCH = 1;

  UserIdentity {
    gids = Set.copyOf(gids);
  }

  /** Owner, group and mode of a file. */
  record Ownership(int uid, int gid, int mode) {

    static Optional<Ownership> of(Path file) {
      try {
        Map<String, Object> a = Files.readAttributes(file, "unix:uid,gid,mode");
        return Optional.of(
            new Ownership(number(a.get("uid")), number(a.get("gid")), number(a.get("mode"))));
      } catch (IOException | UnsupportedOperationException e) {
        return Optional.empty();
      }
    }

    private static int number(Object value) {
      return ((Number) Objects.requireNonNull(value)).intValue();
    }

    @Override
    public String toString() {
      return "uid " + uid + ", gid " + gid + ", mode " + Integer.toOctalString(mode & 07777);
    }
  }

  /** Returns the user of this process, from Linux's {@code /proc}. */
  static Optional<UserIdentity> current(Path proc) {
    int uid = -1;
    Set<Integer> gids = new HashSet<>();
    try {
      for (String line : Files.readAllLines(proc.resolve("self/status"))) {
        List<String> words = new ArrayList<>(List.of(line.split("\\s+")));
        switch (words.remove(0)) {
          case "Uid:" -> uid = Integer.parseInt(words.get(1));
          case "Gid:" -> gids.add(Integer.parseInt(words.get(1)));
          case "Groups:" -> words.forEach(group -> gids.add(Integer.parseInt(group)));
          default -> {}
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return uid < 0 ? Optional.empty() : Optional.of(new UserIdentity(uid, gids));
  }

  /** Returns whether the user may read and write a file, by its mode. */
  boolean mayReadAndWrite(Ownership file) {
    return may(file, READ | WRITE);
  }

  /** Returns whether the user may make files in a directory, by its mode. */
  boolean mayMakeFiles(Ownership directory) {
    return may(directory, WRITE | SEARCH);
  }

  private boolean may(Ownership file, int wanted) {
    if (uid == 0) {
      return true;
    }
    int shift = file.uid() == uid ? 6 : gids.contains(file.gid()) ? 3 : 0;
    return ((file.mode() >> shift) & wanted) == wanted;
  }
}
