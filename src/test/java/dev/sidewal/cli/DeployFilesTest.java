package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;
import picocli.CommandLine;

/**
 * What lies in deploy/ is read, agrees with the program and with itself. No container, cluster or
 * service manager is started: none can be here.
 */
final class DeployFilesTest {

  private static final Path DEPLOY = Path.of("deploy");
  private static final Path CHART = DEPLOY.resolve("helm/sidewal");
  private static final String URL = "s3://backups/app";
  private static final String PROGRAM = "/opt/sidewal/sidewal";

  private static String read(Path path) throws IOException {
    return Files.readString(path);
  }

  private static List<Path> files(Path root, String pattern) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(f -> f.getFileName().toString().matches(pattern)).sorted().toList();
    }
  }

  private static List<Path> yamlFiles() throws IOException {
    return files(DEPLOY, ".*\\.ya?ml").stream().filter(f -> !f.startsWith(CHART)).toList();
  }

  private static List<Object> documents(Path path) throws IOException {
    List<Object> documents = new ArrayList<>();
    new Yaml().loadAll(read(path)).forEach(documents::add);
    return documents;
  }

  private static String group(String regex, String text) {
    Matcher matcher = Pattern.compile(regex, Pattern.MULTILINE).matcher(text);
    assertThat(matcher.find()).as(regex).isTrue();
    return matcher.group(1);
  }

  /** Returns every map in a document. */
  private static List<Map<?, ?>> maps(Object node) {
    List<Map<?, ?>> found = new ArrayList<>();
    if (node instanceof Map<?, ?> map) {
      found.add(map);
      map.values().forEach(value -> found.addAll(maps(value)));
    } else if (node instanceof List<?> list) {
      list.forEach(item -> found.addAll(maps(item)));
    }
    return found;
  }

  /** Returns the maps of the manifests and of the chart's values. */
  private static List<Map<?, ?>> manifests() throws IOException {
    List<Map<?, ?>> found = new ArrayList<>();
    for (Path path : files(DEPLOY.resolve("kubernetes"), ".*\\.yaml")) {
      found.addAll(maps(documents(path)));
    }
    found.addAll(maps(documents(CHART.resolve("values.yaml"))));
    return found;
  }

  private static List<String> strings(Object list) {
    return ((List<?>) list).stream().map(String::valueOf).toList();
  }

  /** Returns the arguments of every container that runs Sidewal. */
  private static List<List<String>> containers() throws IOException {
    List<List<String>> lines = new ArrayList<>();
    for (Path path : yamlFiles()) {
      for (Map<?, ?> map : maps(documents(path))) {
        String image = String.valueOf(map.get("image"));
        Object args =
            path.startsWith(DEPLOY.resolve("compose")) ? map.get("command") : map.get("args");
        if (image.matches("(.*/)?sidewal:.*") && args != null) {
          lines.add(strings(args));
        }
      }
    }
    return lines;
  }

  /** Returns the arguments in the chart's templates, with values put in and extra ones left out. */
  private static List<List<String>> templates() throws IOException {
    List<List<String>> lines = new ArrayList<>();
    for (Path path : files(CHART.resolve("templates"), ".*\\.yaml")) {
      Matcher matcher =
          Pattern.compile("(?m)^ +args:\\n((?: +(?:- |\\{\\{).*\\n)+)").matcher(read(path));
      while (matcher.find()) {
        List<String> line = new ArrayList<>();
        for (String argument : matcher.group(1).lines().toList()) {
          String text = argument.strip();
          if (text.startsWith("- ") && !text.contains("{{ . ")) {
            line.add(
                text.substring(2)
                    .replace("{{ include \"sidewal.database\" . }}", "/data/app.db")
                    .replaceAll("\\{\\{ required .*\\}\\}", URL)
                    .replaceAll("\\{\\{ .Values.agent.shutdownSeconds }}", "30"));
          }
        }
        lines.add(line);
      }
    }
    return lines;
  }

  private static List<List<String>> units() throws IOException {
    List<List<String>> lines = new ArrayList<>();
    for (Path path : files(DEPLOY.resolve("systemd"), ".*\\.service")) {
      String line = group("^ExecStart=" + PROGRAM + " (.*)$", read(path));
      lines.add(
          List.of(
              line.replace("${SIDEWAL_DB}", "/var/lib/app/app.db")
                  .replace("${SIDEWAL_URL}", URL)
                  .split(" ")));
    }
    return lines;
  }

  /** Returns the command lines in the code blocks of the pages. */
  private static List<List<String>> pages() throws IOException {
    List<List<String>> lines = new ArrayList<>();
    for (String page : List.of("docker", "kubernetes", "systemd")) {
      Matcher block =
          Pattern.compile("(?s)\\n```[a-z]*\\n(.*?)\\n```")
              .matcher(read(Path.of("docs", page + ".md")));
      while (block.find()) {
        String text = block.group(1).replace("\\\n", " ");
        Matcher line =
            Pattern.compile(
                    "(?m)(?:^|-- |sidewal:0\\.1\\.0 |^sudo |app )sidewal ([a-z].*?)(?: #.*)?$")
                .matcher(text);
        while (line.find()) {
          lines.add(List.of(line.group(1).strip().split(" +")));
        }
      }
    }
    return lines;
  }

  @Test
  void everyYamlFileIsRead() throws IOException {
    assertThat(yamlFiles()).hasSizeGreaterThanOrEqualTo(4);
    for (Path path : yamlFiles()) {
      assertThat(documents(path)).as(path.toString()).isNotEmpty().doesNotContainNull();
    }
    assertThat(documents(CHART.resolve("values.yaml"))).hasSize(1);
    assertThat(documents(CHART.resolve("Chart.yaml"))).hasSize(1);
    new ObjectMapper().readTree(read(CHART.resolve("values.schema.json")));
  }

  @Test
  void everyCommandLineIsOneOfTheProgram() throws IOException {
    List<List<String>> lines = new ArrayList<>();
    for (List<List<String>> some : List.of(containers(), templates(), units(), pages())) {
      assertThat(some).hasSizeGreaterThanOrEqualTo(2);
      lines.addAll(some);
    }
    for (List<String> line : lines) {
      CommandLine program =
          Cli.commandLine(CliRun.context()).setCaseInsensitiveEnumValuesAllowed(true);
      assertThat(program.parseArgs(line.toArray(String[]::new)).hasSubcommand())
          .as(line.toString())
          .isTrue();
    }
  }

  @Test
  void allRunAsTheUserOfTheImage() throws IOException {
    String user = group("^USER (\\d+:\\d+)$", read(DEPLOY.resolve("docker/Dockerfile")));
    int uid = Integer.parseInt(user.substring(0, user.indexOf(':')));
    assertThat(user).isEqualTo(uid + ":" + uid).isNotEqualTo("0:0");
    int contexts = 0;
    for (Map<?, ?> map : manifests()) {
      if (map.containsKey("runAsUser")) {
        assertThat(List.of(map.get("runAsUser"), map.get("runAsGroup"), map.get("fsGroup")))
            .containsOnly(uid);
        contexts++;
      }
      if (map.containsKey("allowPrivilegeEscalation")) {
        assertThat(map.get("readOnlyRootFilesystem")).isEqualTo(true);
      }
    }
    assertThat(contexts).isEqualTo(3);
    String compose = read(DEPLOY.resolve("compose/docker-compose.yml"));
    assertThat(compose).contains("chown " + user + " /data");
    assertThat(compose.lines().filter(l -> l.strip().startsWith("user:")))
        .hasSize(2)
        .allMatch(line -> line.contains("\"" + user + "\""));
  }

  @Test
  void allNameTheSamePort() throws IOException {
    int port =
        Integer.parseInt(group("^EXPOSE (\\d+)$", read(DEPLOY.resolve("docker/Dockerfile"))));
    assertThat(ListenAddress.DEFAULT).endsWith(":" + port);
    List<Path> places =
        List.of(
            DEPLOY.resolve("kubernetes/sidewal.yaml"), CHART.resolve("templates/statefulset.yaml"));
    for (Path place : places) {
      String text = read(place);
      assertThat(group("name: sidewal\\n +containerPort: (\\d+)", text)).isEqualTo("" + port);
      assertThat(text).contains("- 0.0.0.0:" + port + "\n");
    }
    assertThat(read(DEPLOY.resolve("kubernetes/networkpolicy.yaml"))).contains("port: " + port);
  }

  @Test
  void allNameTheSameProgramAndVersion() throws IOException {
    String dockerfile = read(DEPLOY.resolve("docker/Dockerfile"));
    assertThat(group("^ENTRYPOINT \\[\"(.*)\"\\]$", dockerfile)).isEqualTo(PROGRAM);
    assertThat(read(DEPLOY.resolve("compose/docker-compose.yml"))).contains("\"" + PROGRAM + "\"");
    String version =
        group(
            "<artifactId>sidewal</artifactId>\\s+<version>(.*)</version>",
            read(Path.of("pom.xml")));
    String chart = read(CHART.resolve("Chart.yaml"));
    assertThat(group("^appVersion: \"(.*)\"$", chart)).isEqualTo(version);
    for (Map<?, ?> map : manifests()) {
      String image = String.valueOf(map.get("image"));
      if (image.contains("/sidewal:")) {
        assertThat(image).endsWith(":" + version);
      }
    }
  }

  @Test
  void whatIsCommittedIsShippedBeforeTheAgentIsKilled() throws IOException {
    Duration margin = Duration.ofSeconds(5);
    Duration application = Duration.ofSeconds(30);
    String unit = read(DEPLOY.resolve("systemd/sidewal.service"));
    assertThat(seconds("TimeoutStopSec=(\\d+)", unit))
        .isGreaterThanOrEqualTo(seconds("--shutdown-timeout (\\d+)s", unit).plus(margin));
    String pod = read(DEPLOY.resolve("kubernetes/sidewal.yaml"));
    assertThat(seconds("terminationGracePeriodSeconds: (\\d+)", pod))
        .isGreaterThanOrEqualTo(
            seconds("--shutdown-timeout\\n +- (\\d+)s", pod).plus(application).plus(margin));
    String compose = read(DEPLOY.resolve("compose/docker-compose.yml"));
    assertThat(seconds("stop_grace_period: (\\d+)s", compose))
        .isGreaterThanOrEqualTo(seconds("--shutdown-timeout\\n +- (\\d+)s", compose).plus(margin));
  }

  private static Duration seconds(String regex, String text) {
    return Duration.ofSeconds(Long.parseLong(group(regex, text)));
  }

  @Test
  void systemdStartsNothingAgainThatNeedsAPerson() throws IOException {
    assertThat(
            group(
                "^RestartPreventExitStatus=(.*)$", read(DEPLOY.resolve("systemd/sidewal.service"))))
        .isEqualTo(ExitCode.USAGE.code() + " " + ExitCode.SUPERSEDED.code());
  }

  @Test
  void terraformHasTheRulesAndPoliciesThatAreShipped() throws IOException {
    String rules = read(DEPLOY.resolve("terraform/lifecycle.tf"));
    String printed =
        CliRun.of("lifecycle", "print", "--format", "terraform", "--versioned", URL).out();
    assertThat(rules.substring(rules.indexOf("resource ")))
        .isEqualTo(
            printed
                .substring(printed.indexOf("resource "))
                .replace("\"backups\"", "aws_s3_bucket.sidewal.id")
                .replace("\"app/\"", "local.prefix"));
    ObjectMapper json = new ObjectMapper();
    String policies = CliRun.of("lifecycle", "print", "--format", "iam", URL).out();
    for (String name : List.of("agent", "restore", "prune")) {
      String template = read(DEPLOY.resolve("terraform/policies/" + name + ".json.tftpl"));
      assertThat(
              json.readTree(template.replace("${bucket}", "backups").replace("${prefix}", "app/")))
          .as(name)
          .isEqualTo(json.readTree(policies).get(name));
    }
  }

  @Test
  void theLintersFindNothing() throws IOException, InterruptedException {
    Path output = Files.createTempFile("check", ".txt");
    try {
      Process check;
      try {
        check =
            new ProcessBuilder("sh", DEPLOY.resolve("check").toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
      } catch (IOException e) {
        Assumptions.abort("skipped: there is no sh here");
        return;
      }
      try {
        assertThat(check.waitFor(120, TimeUnit.SECONDS)).as("ended").isTrue();
      } finally {
        check.destroyForcibly();
      }
      assertThat(check.exitValue()).as(read(output)).isZero();
      assertThat(read(output).lines().toList())
          .hasSizeGreaterThanOrEqualTo(8)
          .allMatch(line -> line.startsWith("checked: ") || line.startsWith("skipped: "));
    } finally {
      Files.delete(output);
    }
  }
}
