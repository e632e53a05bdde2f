package dev.sidewal.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The messages that docs/troubleshooting.md explains are messages of the program: whatever stands
 * in backticks in the first column of its tables, cut where it has three dots, is found in the
 * string literals of the sources.
 */
final class DocsMessagesTest {

  private static final Pattern ROW = Pattern.compile("\\| (`[^|]*) \\|.*");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern DOTS = Pattern.compile("…");
  private static final int LEAST = 8;

  /** Returns all sources, with literals that are joined by a plus sign made one. */
  private static String sources() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        all.append(Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", ""));
      }
    }
    return all.toString().replace("\\\"", "\"");
  }

  @Test
  void everyMessageIsInTheSources() throws IOException {
    String sources = sources();
    List<String> missing = new ArrayList<>();
    int found = 0;
    for (String line : Files.readAllLines(Path.of("docs/troubleshooting.md"))) {
      Matcher row = ROW.matcher(line);
      if (!row.matches()) {
        continue;
      }
      Matcher message = CODE.matcher(row.group(1));
      while (message.find()) {
        int before = found;
        for (String piece : DOTS.splitAsStream(message.group(1)).toList()) {
          String text = piece.strip();
          if (text.length() >= LEAST) {
            found++;
            if (!sources.contains(text)) {
              missing.add(text);
            }
          }
        }
        assertThat(found).as("pieces of " + message.group(1)).isGreaterThan(before);
      }
    }
    assertThat(missing).isEmpty();
    assertThat(found).isGreaterThan(20);
  }
}
