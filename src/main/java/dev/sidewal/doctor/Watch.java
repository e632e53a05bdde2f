package dev.sidewal.doctor;

import dev.sidewal.sqlite.FileUsers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Several looks at a database over some time: what was there in each of them stayed. That one lock
 * was given back and taken again between two looks, each time, is not impossible, and makes no
 * difference to those who wait for a moment without it.
 *
 * @param looks oldest first; one at least
 * @param time from the first to the last
 */
record Watch(List<Look> looks, Duration time) {

  private static final Duration PAUSE = Duration.ofMillis(50);

  Watch {
    looks = List.copyOf(looks);
  }

  /** Looks again and again. */
  static Watch over(Subject subject, Optional<LiveDatabase> database, Duration time) {
    List<Look> looks = new ArrayList<>();
    long begin = System.nanoTime();
    boolean more = true;
    while (more) {
      more = System.nanoTime() - begin < time.toNanos();
      looks.add(new Look(locks(subject), database.flatMap(LiveDatabase::log), epoch(subject)));
      if (more) {
        try {
          Thread.sleep(Math.min(PAUSE.toMillis(), Math.max(1, time.toMillis())));
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          more = false;
        }
      }
    }
    return new Watch(looks, Duration.ofNanos(System.nanoTime() - begin));
  }

  private static List<HeldLock> locks(Subject subject) {
    return FileUsers.of(subject.real()).others().stream()
        .flatMap(user -> user.locks().stream().map(lock -> new HeldLock(user.pid(), lock)))
        .toList();
  }

  private static String epoch(Subject subject) {
    try (InputStream in = Files.newInputStream(subject.log())) {
      return HexFormat.of().formatHex(in.readNBytes(32));
    } catch (IOException e) {
      return modified(subject);
    }
  }

  /** In rollback-journal mode each commit writes to the file. */
  private static String modified(Subject subject) {
    try {
      return Files.getLastModifiedTime(subject.real()).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** Returns the processes that held the same lock of a sort in every look. */
  Set<Long> stayed(Predicate<HeldLock> sort) {
    Set<HeldLock> always = looks.get(0).locks().stream().filter(sort).collect(Collectors.toSet());
    looks.forEach(look -> always.retainAll(look.locks()));
    return always.stream().map(HeldLock::pid).collect(Collectors.toCollection(TreeSet::new));
  }

  /** Returns whether a lock of a sort was seen in any look. */
  boolean seen(Predicate<HeldLock> sort) {
    return looks.stream().anyMatch(look -> look.locks().stream().anyMatch(sort));
  }

  /** Returns whether no transaction was committed from the first look to the last. */
  boolean quiet() {
    Look first = looks.get(0);
    Look last = looks.get(looks.size() - 1);
    return first.epoch().equals(last.epoch())
        && first
            .log()
            .map(LiveDatabase.Log::frames)
            .equals(last.log().map(LiveDatabase.Log::frames));
  }

  /** Returns the last answer about the log. */
  Optional<LiveDatabase.Log> log() {
    return looks.get(looks.size() - 1).log();
  }

  /** Returns the fewest frames that waited in any look; 0 if it could not be asked each time. */
  long waitedAlways() {
    return looks.stream()
        .mapToLong(look -> look.log().map(LiveDatabase.Log::waiting).orElse(0L))
        .min()
        .orElse(0);
  }

  /** Returns how long and how often was looked, for messages. */
  String text() {
    return "in all "
        + looks.size()
        + " looks over "
        + String.format(Locale.ROOT, "%.1f", time.toMillis() / 1e3)
        + " s";
  }
}
