package dev.sidewal.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the SQLite that a process has loaded: in each file that is mapped into it, its own program
 * last, the source id is looked for ({@code 2022-12-28 14:03:47 df5c253c0b3dd24916e4ec7c…}), which
 * each build of SQLite carries.
 *
 * @param file the library or program
 * @param source the date of its source id
 */
record LoadedSqlite(Path file, LocalDate source) {

  private static final Pattern SOURCE_ID =
      Pattern.compile("(20\\d\\d-[01]\\d-[0-3]\\d) [0-2]\\d:[0-5]\\d:[0-5]\\d [0-9a-f]{40}");
  private static final int ID_CHARACTERS = 60;
  private static final int OVERLAP = 2 * ID_CHARACTERS;
  private static final int CHUNK = 1 << 20;
  private static final long LARGEST = 1L << 30;

  /** Returns it, or empty if none can be found or the process may not be looked into. */
  static Optional<LoadedSqlite> of(Path process) {
    for (Path file : candidates(process)) {
      Optional<LocalDate> source = sourceIn(process, file);
      if (source.isPresent()) {
        return Optional.of(new LoadedSqlite(file, source.get()));
      }
    }
    return Optional.empty();
  }

  /** Files with sqlite in their name first, then other libraries, then the rest. */
  private static List<Path> candidates(Path process) {
    Set<Path> named = new LinkedHashSet<>();
    Set<Path> others = new LinkedHashSet<>();
    try {
      for (String line : Files.readAllLines(process.resolve("maps"), StandardCharsets.ISO_8859_1)) {
        String[] words = line.split("\\s+", 6);
        if (words.length == 6 && words[5].startsWith("/") && words[1].contains("x")) {
          Path file = Path.of(words[5]);
          boolean byName = file.getFileName().toString().contains("sqlite");
          (byName ? named : others).add(file);
        }
      }
    } catch (IOException e) {
      return List.of();
    }
    List<Path> all = new ArrayList<>(named);
    all.addAll(others);
    return all;
  }

  private static Optional<LocalDate> sourceIn(Path process, Path file) {
    // By the process's own root, which in a container is not ours.
    Path seen = process.resolve("root").resolve(file.toString().substring(1));
    try {
      if (Files.size(seen) > LARGEST) {
        return Optional.empty();
      }
      try (InputStream in = Files.newInputStream(seen)) {
        byte[] buffer = new byte[CHUNK + OVERLAP];
        int kept = 0;
        int read = in.readNBytes(buffer, 0, CHUNK);
        while (read > 0) {
          Optional<LocalDate> found = search(buffer, kept + read);
          if (found.isPresent()) {
            return found;
          }
          int length = kept + read;
          kept = Math.min(OVERLAP, length);
          System.arraycopy(buffer, length - kept, buffer, 0, kept);
          read = in.readNBytes(buffer, kept, CHUNK);
        }
      }
    } catch (IOException e) {
      return Optional.empty(); // Deleted since it was loaded, or not ours to read.
    }
    return Optional.empty();
  }

  private static Optional<LocalDate> search(byte[] buffer, int length) {
    for (int i = 0; i + ID_CHARACTERS < length; i++) {
      if (buffer[i] == '2'
          && buffer[i + 1] == '0'
          && buffer[i + 4] == '-'
          && buffer[i + 7] == '-'
          && buffer[i + 13] == ':') {
        Optional<LocalDate> found =
            date(new String(buffer, i, ID_CHARACTERS, StandardCharsets.ISO_8859_1));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<LocalDate> date(String text) {
    Matcher id = SOURCE_ID.matcher(text);
    try {
      return id.lookingAt() ? Optional.of(LocalDate.parse(id.group(1))) : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty(); // Looks like one, and is no date.
    }
  }
}
