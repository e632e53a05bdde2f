package dev.sidewal.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page in Prometheus' text format 0.0.4, read strictly: each family has help and type, once, in
 * front of its rows, which stand together; no row twice; counters end in {@code _total} and are not
 * negative; buckets are cumulative and end with {@code +Inf}, which is the count.
 */
final class Exposition {

  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
  private static final Pattern ROW =
      Pattern.compile(
          "([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{((?:[a-zA-Z_][a-zA-Z0-9_]*=\"(?:[^\"\\\\]|\\\\[\\\\n\"])*\",?)*)\\})?"
              + " (NaN|[+-]Inf|-?[0-9.]+(?:[eE][+-]?[0-9]+)?)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\[\\\\n\"])*)\"");

  /** A family of rows. */
  record Family(String name, String type, String help, List<Row> rows) {}

  /** One row. */
  record Row(String name, Map<String, String> labels, double value) {}

  private final Map<String, Family> families = new LinkedHashMap<>();

  private Exposition() {}

  static Exposition parse(byte[] page) {
    return parse(new String(page, StandardCharsets.UTF_8));
  }

  static Exposition parse(String page) {
    assertThat(page).as("a page ends with a line feed").endsWith("\n").doesNotContain("\r");
    Exposition all = new Exposition();
    Optional<String> help = Optional.empty();
    String helpName = "";
    Optional<Family> family = Optional.empty();
    for (String line : page.lines().toList()) {
      if (line.startsWith("# HELP ")) {
        String[] words = line.split(" ", 4);
        helpName = words[2];
        help = Optional.of(words[3]);
        family = Optional.empty();
      } else if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ", 4);
        assertThat(words[2]).as("TYPE follows HELP of the same").isEqualTo(helpName).matches(NAME);
        assertThat(words[3]).isIn("counter", "gauge", "histogram", "summary");
        family = Optional.of(new Family(words[2], words[3], help.orElseThrow(), new ArrayList<>()));
        assertThat(all.families.put(words[2], family.get())).as("twice: " + words[2]).isNull();
      } else {
        Matcher m = ROW.matcher(line);
        assertThat(m.matches()).as("row " + line).isTrue();
        Row row = new Row(m.group(1), labels(m.group(2)), value(m.group(3)));
        assertThat(family).as("a row outside of a family: " + line).isPresent();
        assertThat(row.name()).isIn(names(family.get()));
        family.get().rows().add(row);
      }
    }
    all.families.values().forEach(Exposition::check);
    return all;
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new TreeMap<>();
    if (text != null) {
      Matcher m = LABEL.matcher(text);
      while (m.find()) {
        String value = m.group(2).replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\");
        assertThat(labels.put(m.group(1), value)).as("label twice in " + text).isNull();
      }
    }
    return labels;
  }

  private static double value(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  private static Set<String> names(Family family) {
    String n = family.name();
    return family.type().equals("histogram")
        ? Set.of(n + "_bucket", n + "_sum", n + "_count")
        : Set.of(n);
  }

  private static void check(Family family) {
    Set<Row> seen = new HashSet<>();
    for (Row row : family.rows()) {
      assertThat(seen.add(new Row(row.name(), row.labels(), 0))).as("twice: " + row).isTrue();
      if (family.type().equals("counter")) {
        assertThat(row.name()).endsWith("_total");
        assertThat(row.value()).as(row.toString()).isGreaterThanOrEqualTo(0);
      } else {
        assertThat(row.name()).doesNotEndWith("_total");
      }
    }
    if (family.type().equals("histogram")) {
      checkHistogram(family);
    }
  }

  private static void checkHistogram(Family family) {
    Map<Map<String, String>, Double> last = new LinkedHashMap<>();
    Map<Map<String, String>, Double> infinite = new LinkedHashMap<>();
    for (Row row : family.rows()) {
      Map<String, String> labels = new TreeMap<>(row.labels());
      if (row.name().endsWith("_bucket")) {
        String le = labels.remove("le");
        assertThat(le).isNotNull();
        assertThat(row.value()).isGreaterThanOrEqualTo(last.getOrDefault(labels, 0.0));
        last.put(labels, row.value());
        if (le.equals("+Inf")) {
          infinite.put(labels, row.value());
        }
      } else if (row.name().endsWith("_count")) {
        assertThat(infinite.get(labels)).as("+Inf of " + row).isEqualTo(row.value());
      }
    }
  }

  Map<String, Family> families() {
    return families;
  }

  Family family(String name) {
    assertThat(families).containsKey(name);
    return families.get(name);
  }

  /** Returns the value of the one row with these labels. */
  double value(String name, String... labels) {
    List<Row> rows = rows(name, labels);
    assertThat(rows).as(name + " " + List.of(labels)).hasSize(1);
    return rows.get(0).value();
  }

  List<Row> rows(String name, String... labels) {
    List<Row> rows = new ArrayList<>();
    for (Family family : families.values()) {
      for (Row row : family.rows()) {
        boolean fits = row.name().equals(name);
        for (int i = 0; i < labels.length; i += 2) {
          fits &= labels[i + 1].equals(row.labels().get(labels[i]));
        }
        if (fits) {
          rows.add(row);
        }
      }
    }
    return rows;
  }

  /** Returns every name that a query may use. */
  Set<String> queryNames() {
    Set<String> names = new TreeSet<>();
    families.values().forEach(f -> names.addAll(names(f)));
    return names;
  }
}
