package dev.sidewal.backup;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the backups of one database are named in a directory: {@code app.db} becomes {@code
 * app-20261122T013000Z.db}, and {@code app-20261122T013000Z.db.zst} when it is compressed. The
 * order of the names is that of the times.
 *
 * <p>Invariant: only regular files whose whole name is such a one of this very database are ever
 * removed, and never the one that was just made.
 */
final class BackupNames {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private record Found(Path path, Instant time) {}

  private final String stem;
  private final String extension;
  private final Pattern pattern;

  BackupNames(Path database) {
    String name = String.valueOf(database.getFileName());
    int dot = name.lastIndexOf('.');
    this.stem = dot > 0 ? name.substring(0, dot) : name;
    this.extension = dot > 0 ? name.substring(dot) : "";
    this.pattern =
        Pattern.compile(
            Pattern.quote(stem)
                + "-(\\d{8}T\\d{6}Z)"
                + Pattern.quote(extension)
                + "(?:\\.zst|\\.gz)?");
  }

  /** Returns the name for a moment. */
  String name(Instant time, Compression compression) {
    return stem + "-" + TIME.format(time) + extension + compression.extension();
  }

  /** Returns when a file was made that has such a name. */
  private Optional<Instant> time(Path file) {
    Matcher m = pattern.matcher(String.valueOf(file.getFileName()));
    if (!m.matches() || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      return Optional.of(LocalDateTime.parse(m.group(1), TIME).toInstant(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns what a rule lets go, oldest first.
   *
   * @param newest the backup that was just made, or is about to be; it stays, and counts
   */
  List<Path> superfluous(Path directory, Path newest, KeepRule rule, Instant now)
      throws IOException {
    if (!rule.removes() || !Files.isDirectory(directory)) {
      return List.of();
    }
    List<Found> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (!file.getFileName().equals(newest.getFileName())) {
          time(file).ifPresent(t -> found.add(new Found(file, t)));
        }
      }
    }
    found.sort(
        Comparator.comparing(Found::time).thenComparing(f -> f.path().toString()).reversed());
    List<Path> gone = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      boolean young =
          rule.age().isPresent() && !found.get(i).time().isBefore(now.minus(rule.age().get()));
      // The newest is the first of those that stay.
      boolean among = rule.last().isPresent() && i + 1 < rule.last().getAsInt();
      if (!young && !among) {
        gone.add(0, found.get(i).path());
      }
    }
    return gone;
  }
}
