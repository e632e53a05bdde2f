package dev.sidewal.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.agent.ReplicationStatusSamples;
import dev.sidewal.store.StoreListener.Operation;
import dev.sidewal.store.StoreListener.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is written about metrics, held against what is exposed. */
class MetricsDocTest {

  private static final Path RULES = Path.of("deploy/prometheus/alerts.yml");
  private static final Pattern METRIC = Pattern.compile("\\b(?:sidewal|process|jvm)_[a-z0-9_]+");
  private static Exposition page;

  @BeforeAll
  static void scrape() throws IOException {
    PrometheusMetrics metrics =
        new PrometheusMetrics(
            Clock.systemUTC(),
            () ->
                List.of(
                    new Observed("/a.db", "/a.db", ReplicationStatusSamples::busy, () -> true)));
    metrics.observer().request(Operation.PUT, Outcome.OK, Duration.ofMillis(3), 10, 0);
    metrics.observer().paused(Duration.ofMillis(1), true);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    metrics.write(out);
    page = Exposition.parse(out.toByteArray());
  }

  /** Name, type and labels, as the page has them. */
  private static Map<String, String> exposed() {
    Map<String, String> exposed = new TreeMap<>();
    page.families()
        .forEach(
            (name, family) -> {
              Set<String> labels = new TreeSet<>();
              family.rows().forEach(r -> labels.addAll(r.labels().keySet()));
              labels.removeAll(Set.of("database", "le"));
              exposed.put(name, family.type() + " " + labels + " " + unit(name));
            });
    return exposed;
  }

  private static String unit(String name) {
    Matcher m = Pattern.compile("_(seconds|bytes)(_total|_max)?$").matcher(name);
    return m.find() ? m.group(1) : "";
  }

  @Test
  void everyMetricIsDescribedAndNoOther() throws IOException {
    Map<String, String> described = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("docs/metrics.md"))) {
      if (line.startsWith("| `")) {
        String[] cells = line.split("\\s*\\|\\s*", -1);
        Set<String> labels = new TreeSet<>();
        Matcher m = Pattern.compile("`([a-z]+)`").matcher(cells[3]);
        while (m.find()) {
          labels.add(m.group(1));
        }
        described.put(cells[1].replace("`", ""), cells[2] + " " + labels + " " + cells[4]);
        assertThat(cells[5]).as("meaning of " + cells[1]).isNotEmpty();
      }
    }
    assertThat(described).isEqualTo(exposed());
  }

  @Test
  void everyMetricSaysWhatItIs() {
    page.families()
        .values()
        .forEach(f -> assertThat(f.help()).as(f.name()).isNotBlank().endsWith("."));
  }

  private static void usesOnlyWhatExists(String expression) {
    Matcher m = METRIC.matcher(expression);
    boolean any = false;
    while (m.find()) {
      any = true;
      assertThat(page.queryNames()).as(expression).contains(m.group());
    }
    assertThat(any).as("a metric in " + expression).isTrue();
  }

  private static List<String> values(String key) throws IOException {
    List<String> values = new ArrayList<>();
    for (String line : Files.readAllLines(RULES)) {
      String trimmed = line.trim().replaceFirst("^- ", "");
      if (trimmed.startsWith(key + ": ")) {
        values.add(trimmed.substring(key.length() + 2));
      }
    }
    return values;
  }

  @Test
  void alertsUseWhatExistsAndHaveTheirSections() throws IOException {
    List<String> alerts = values("alert");
    List<String> links = values("runbook_url");
    assertThat(alerts).hasSizeGreaterThan(10).doesNotHaveDuplicates();
    assertThat(links)
        .isEqualTo(
            alerts.stream()
                .map(a -> "docs/runbook.md#" + a.toLowerCase(java.util.Locale.ROOT))
                .toList());
    assertThat(values("expr")).hasSameSizeAs(alerts).allSatisfy(MetricsDocTest::usesOnlyWhatExists);
    List<String> sections =
        Files.readAllLines(Path.of("docs/runbook.md")).stream()
            .filter(line -> line.startsWith("## Sidewal"))
            .map(line -> line.substring(3))
            .toList();
    assertThat(sections).containsExactlyInAnyOrderElementsOf(alerts);
  }

  @Test
  void labelValuesInAlertsExist() throws IOException {
    Pattern matcher = Pattern.compile("(state|outcome|reason)=~?\"([a-z_|]+)\"");
    for (String expression : values("expr")) {
      Matcher m = matcher.matcher(expression);
      while (m.find()) {
        for (String value : m.group(2).split("\\|", -1)) {
          assertThat(page.families().values())
              .as(expression)
              .anyMatch(
                  f -> f.rows().stream().anyMatch(r -> value.equals(r.labels().get(m.group(1)))));
        }
      }
    }
  }

  @Test
  void theDashboardUsesWhatExists() throws IOException {
    JsonNode dashboard =
        new ObjectMapper().readTree(Path.of("deploy/grafana/sidewal.json").toFile());
    List<String> expressions = dashboard.findValuesAsText("expr");
    assertThat(expressions).hasSizeGreaterThan(10).allSatisfy(MetricsDocTest::usesOnlyWhatExists);
    assertThat(dashboard.path("templating").findValuesAsText("name"))
        .contains("datasource", "database");
    assertThat(dashboard.findValuesAsText("uid")).contains("${datasource}");
  }

  @Test
  void promtoolAcceptsRulesAndTheirTests() throws Exception {
    Path directory = RULES.getParent();
    promtool(directory, "check", "rules", "alerts.yml");
    promtool(directory, "test", "rules", "alerts_test.yml");
  }

  private static void promtool(Path directory, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(arguments));
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      Assumptions.abort("skipped: promtool, which checks the alert rules, is not there");
      return;
    }
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
  }
}
