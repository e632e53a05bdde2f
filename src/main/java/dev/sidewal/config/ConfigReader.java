package dev.sidewal.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.sidewal.error.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Reads a configuration file: a mapping of keys to single values, and one list of such mappings.
 *
 * <p>Nothing is guessed and nothing ignored. A key that is not one, a key that is given twice and a
 * value of another kind than the key has are errors with their line. Of YAML, only mappings, that
 * one list and scalars are taken: no anchors and aliases, no tags, no second document. So what a
 * file can cost is bounded by its size, and that by {@link #MOST_BYTES}.
 */
public final class ConfigReader {

  /** A larger file is none that somebody wrote. */
  static final int MOST_BYTES = 1 << 20;

  private final ConfigKeys keys;
  private final Substitution substitution;
  private final ConfigProblems problems;
  private final YAMLParser yaml;

  private ConfigReader(
      ConfigKeys keys, Substitution substitution, ConfigProblems problems, YAMLParser yaml) {
    this.keys = keys;
    this.substitution = substitution;
    this.problems = problems;
    this.yaml = yaml;
  }

  /**
   * Reads a file.
   *
   * @param keys the keys that it may hold
   * @param environment the variables that its values may refer to
   * @param problems told of what is wrong in it and was left out
   * @throws UsageException if it cannot be read on
   */
  public static ConfigDocument read(
      Path file, ConfigKeys keys, Map<String, String> environment, ConfigProblems problems) {
    String text = text(file);
    Substitution substitution = new Substitution(environment);
    try (YAMLParser yaml = new YAMLFactory().createParser(text)) {
      ConfigReader reader = new ConfigReader(keys, substitution, problems, yaml);
      return reader.document();
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      throw e.getCause() instanceof YAMLException cause
          ? syntax(problems, cause, line)
          : problems.fatal(line, "this is no YAML: " + firstLine(e.getOriginalMessage()));
    } catch (YAMLException e) {
      throw syntax(problems, e, 1);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static UsageException syntax(ConfigProblems problems, YAMLException e, int line) {
    if (e instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
      return problems.fatal(
          marked.getProblemMark().getLine() + 1,
          "this is no YAML: " + firstLine(marked.getProblem()));
    }
    return problems.fatal(line, "this is no YAML: " + firstLine(e.getMessage()));
  }

  private static String firstLine(String message) {
    return String.valueOf(message).lines().findFirst().orElse("it cannot be parsed");
  }

  private static String text(Path file) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MOST_BYTES + 1);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    if (bytes.length > MOST_BYTES) {
      throw new UsageException(
          file + " is longer than 1 MiB: it is no configuration file of Sidewal");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new UsageException(file + " is not text in UTF-8", e);
    }
  }

  private static UsageException unreadable(Path file, IOException e) {
    if (e instanceof NoSuchFileException) {
      return new UsageException("there is no configuration file " + file);
    }
    if (e instanceof AccessDeniedException) {
      return new UsageException(
          "the configuration file " + file + " cannot be read: permission denied");
    }
    return new UsageException(
        "the configuration file " + file + " cannot be read: " + e.getMessage());
  }

  private ConfigDocument document() throws IOException {
    if (next() == null) {
      throw problems.fatal(1, "the file is empty");
    }
    if (yaml.currentToken() != JsonToken.START_OBJECT) {
      throw problems.fatal(line(), "keys with values are expected, as in 'sync-interval: 1s'");
    }
    List<Section> databases = new ArrayList<>();
    Section global = section(keys.top(), databases, false);
    if (next() != null) {
      throw problems.fatal(line(), "a second document begins; one is expected");
    }
    return new ConfigDocument(global, databases, substitution.used());
  }

  /** Reads a mapping whose beginning has been read. */
  private Section section(Set<String> known, List<Section> databases, boolean inEntry)
      throws IOException {
    int begin = line();
    Map<String, Setting> settings = new LinkedHashMap<>();
    Map<String, Integer> seen = new LinkedHashMap<>();
    while (next() != JsonToken.END_OBJECT) {
      String key = yaml.currentName();
      int line = line();
      next();
      Integer before = seen.putIfAbsent(key, line);
      if (before != null) {
        problems.add(line, ConfigProblems.quote(key) + " is given twice; first on line " + before);
        yaml.skipChildren();
      } else if (!known.contains(key)) {
        problems.add(line, unknown(key, known, inEntry));
        yaml.skipChildren();
      } else if (key.equals(ConfigKeys.DATABASES)) {
        databases(databases);
      } else {
        value(key, settings);
      }
    }
    return new Section(begin, settings);
  }

  private String unknown(String key, Set<String> known, boolean inEntry) {
    String why = keys.misplaced(key, inEntry);
    String suggestion =
        why.isEmpty()
            ? NearestName.of(key, known).map(n -> ". Did you mean '" + n + "'?").orElse("")
            : why;
    return "there is no key " + ConfigProblems.quote(key) + suggestion;
  }

  private void databases(List<Section> databases) throws IOException {
    if (yaml.currentToken() != JsonToken.START_ARRAY) {
      problems.add(line(), "'databases' must be a list, each entry beginning with '- '");
      yaml.skipChildren();
      return;
    }
    int begin = line();
    int entries = 0;
    while (next() != JsonToken.END_ARRAY) {
      entries++;
      if (yaml.currentToken() == JsonToken.START_OBJECT) {
        databases.add(section(keys.entry(), databases, true));
      } else {
        problems.add(
            line(), "an entry of 'databases' must have keys, as in '- path: /srv/app/app.db'");
        yaml.skipChildren();
      }
    }
    if (entries == 0) {
      problems.add(begin, "'databases' is empty");
    }
  }

  private void value(String key, Map<String, Setting> settings) throws IOException {
    JsonToken token = yaml.currentToken();
    int line = line();
    if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
      problems.add(line, "'" + key + "' must be a single value");
      yaml.skipChildren();
      return;
    }
    String written = token == JsonToken.VALUE_NULL ? "" : yaml.getText();
    String value;
    try {
      value = substitution.apply(written);
    } catch (Substitution.SubstitutionException e) {
      problems.add(line, "'" + key + "': " + e.getMessage());
      return;
    }
    // Whether "true" is in quotes matters to whoever else reads the file, so it matters here.
    boolean isSwitch = keys.switches().contains(key);
    boolean plain = token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE;
    boolean isTruth = value.equals("true") || value.equals("false");
    if (value.isEmpty()) {
      problems.add(line, "'" + key + "' has no value");
    } else if (isSwitch && !(isTruth && (plain || !written.equals(value)))) {
      problems.add(
          line,
          "'" + key + "' is " + ConfigProblems.quote(written) + "; write true or false, unquoted");
    } else if (value.indexOf('\0') >= 0) {
      problems.add(line, "'" + key + "' holds a zero byte");
    } else {
      settings.put(key, new Setting(key, written, value, line));
    }
  }

  /** Reads on, past nothing that has no place in such a file. */
  private JsonToken next() throws IOException {
    JsonToken token = yaml.nextToken();
    if (token != null && !token.isStructEnd()) {
      if (yaml.isCurrentAlias() || yaml.getObjectId() != null) {
        throw problems.fatal(line(), "anchors (&) and aliases (*) are not supported");
      }
      if (yaml.getTypeId() != null) {
        throw problems.fatal(line(), "tags (!) are not supported");
      }
    }
    return token;
  }

  private int line() {
    return yaml.currentTokenLocation().getLineNr();
  }
}
