package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.sidewal.config.ConfigKeys;
import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.OptionSpec;

/**
 * {@code docs/config.schema.json} is made here of the options, and says of files what Sidewal says.
 * To write it anew: {@code mvn test -Dtest=ConfigSchemaTest -Dsidewal.schema.write=true}.
 */
final class ConfigSchemaTest {

  private static final Path DOCUMENT = Path.of("docs/config.schema.json");
  private static final Path GUIDE = Path.of("docs/configuration.md");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String REFERENCE = "\\$\\{";
  private static final String TIME = "[0-9]{1,12}(ms|s|m|h|d)";

  @TempDir Path dir;

  private static ObjectNode text(String pattern) {
    return JSON.createObjectNode().put("type", "string").put("pattern", pattern + "|" + REFERENCE);
  }

  private static ObjectNode definitions() {
    ObjectNode definitions = JSON.createObjectNode();
    definitions.putObject("text").put("type", "string").put("minLength", 1);
    definitions.set("time", text("^" + TIME + "$"));
    definitions.set("time-or-off", text("^(off|" + TIME + ")$"));
    definitions.set("address-or-off", text("^(off|.+:[0-9]{1,5})$"));
    ObjectNode size = definitions.putObject("size");
    size.putArray("anyOf")
        .add(JSON.createObjectNode().put("type", "integer").put("minimum", 0))
        .add(text("^[0-9]{1,12}([Bb]|[KkMmGg][Ii]?[Bb])?$"));
    definitions
        .putObject("switch")
        .putArray("anyOf")
        .add(JSON.createObjectNode().put("type", "boolean"))
        .add(JSON.createObjectNode().put("type", "string").put("pattern", REFERENCE));
    return definitions;
  }

  private static ObjectNode property(OptionSpec option) {
    ObjectNode property = JSON.createObjectNode();
    property.put("description", String.join(" ", option.description()));
    if (option.type().isEnum() || option.completionCandidates() != null) {
      StringBuilder values = new StringBuilder();
      for (String value : option.completionCandidates()) {
        values.append(values.isEmpty() ? "" : "|").append(value.toLowerCase(Locale.ROOT));
      }
      property.setAll(text("^(" + values + ")$"));
    } else {
      String definition =
          switch (option.paramLabel()) {
            case "TIME" -> "time";
            case "TIME|off" -> "time-or-off";
            case "SIZE" -> "size";
            case "true|false" -> "switch";
            case "HOST:PORT|off" -> "address-or-off";
            case "DIR", "FILE" -> "text";
            default -> throw new AssertionError("what is a " + option.paramLabel() + "?");
          };
      property.put("$ref", "#/$defs/" + definition);
    }
    return property;
  }

  private static ObjectNode place(String description) {
    return JSON.createObjectNode().put("description", description).put("$ref", "#/$defs/text");
  }

  private static ObjectNode schema() {
    ObjectNode schema = JSON.createObjectNode();
    schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    schema.put("title", "Configuration of sidewal replicate --config");
    schema.put("type", "object").put("minProperties", 1).put("additionalProperties", false);
    TreeMap<String, ObjectNode> top = new TreeMap<>();
    TreeMap<String, ObjectNode> entry = new TreeMap<>();
    for (OptionSpec option : Settings.options()) {
      String key = Settings.key(option);
      top.put(key, property(option));
      if (Settings.keys().replication().contains(key)) {
        entry.put(key, JSON.createObjectNode().put("$ref", "#/properties/" + key));
      }
    }
    top.put(
        ConfigKeys.URL,
        place(
            "Where the replicas of entries without a url go: each to the name of its file or"
                + " directory below this."));
    entry.put(
        ConfigKeys.URL,
        place(
            "The replica of a path; for a directory or glob the URL below which the replicas"
                + " are."));
    entry.put(ConfigKeys.PATH, place("One database file."));
    entry.put(ConfigKeys.DIRECTORY, place("A directory; its databases are found."));
    entry.put(
        ConfigKeys.PATTERN,
        place(
            "Which files at and below the directory are databases (default"
                + " **.{db,sqlite,sqlite3})."));
    entry.put(ConfigKeys.GLOB, place("A pattern for the paths of databases."));
    ObjectNode properties = schema.putObject("properties");
    top.forEach(properties::set);
    ObjectNode databases = properties.putObject(ConfigKeys.DATABASES);
    databases.put("description", "What is replicated.").put("type", "array").put("minItems", 1);
    ObjectNode item = databases.putObject("items");
    item.put("type", "object").put("additionalProperties", false);
    ObjectNode itemProperties = item.putObject("properties");
    entry.forEach(itemProperties::set);
    var places = item.putArray("oneOf");
    for (String key : new String[] {ConfigKeys.PATH, ConfigKeys.DIRECTORY, ConfigKeys.GLOB}) {
      places.addObject().putArray("required").add(key);
    }
    item.putObject("dependentRequired").putArray(ConfigKeys.PATTERN).add(ConfigKeys.DIRECTORY);
    schema.putObject("if").putObject("not").putArray("required").add(ConfigKeys.URL);
    schema
        .putObject("then")
        .putObject("properties")
        .putObject(ConfigKeys.DATABASES)
        .putObject("items")
        .putArray("required")
        .add(ConfigKeys.URL);
    schema.set("$defs", definitions());
    return schema;
  }

  @Test
  void theDocumentIsMadeOfTheOptions() throws IOException {
    String made = JSON.writer(Json.printer()).writeValueAsString(schema()) + "\n";
    if (Boolean.getBoolean("sidewal.schema.write")) {
      Files.writeString(DOCUMENT, made);
    }
    assertThat(Files.readString(DOCUMENT)).isEqualTo(made);
    JsonNode properties = JSON.readTree(made).get("properties");
    Set<String> keys = new TreeSet<>();
    properties.fieldNames().forEachRemaining(keys::add);
    assertThat(keys).isEqualTo(Settings.keys().top());
    Set<String> entryKeys = new TreeSet<>();
    properties.at("/databases/items/properties").fieldNames().forEachRemaining(entryKeys::add);
    assertThat(entryKeys).isEqualTo(Settings.keys().entry());
  }

  private static boolean isValid(String yaml) throws IOException {
    JsonSchema schema =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
            .getSchema(Files.readString(DOCUMENT));
    // As YAML 1.2 and the editors have it: only true and false are booleans.
    YAMLMapper mapper =
        YAMLMapper.builder().enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS).build();
    return schema.validate(mapper.readTree(yaml)).isEmpty();
  }

  private CliRun print(String yaml) throws IOException {
    Path file = Files.writeString(dir.resolve("s.yaml"), yaml);
    return CliRun.of("replicate", "--print-config", "--config", file.toString());
  }

  @Test
  void whatIsPrintedIsValid() throws IOException {
    assertThat(isValid(CliRun.of("replicate", "--print-config").succeeded().out())).isTrue();
    StringBuilder yaml = new StringBuilder();
    for (OptionSpec option : Settings.options()) {
      yaml.append(Settings.key(option)).append(": ");
      yaml.append(ConfigCommandTest.other(option)).append('\n');
    }
    yaml.append("databases: [{path: '1', url: s3://bkt/a, pack-age: 2m, spool-limit: 5}]\n");
    assertThat(isValid(yaml.toString())).isTrue();
    assertThat(isValid(print(yaml.toString()).succeeded().out())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sync-intervall: 1s",
        "sync-interval: 5",
        "sync-interval: off",
        "sync-interval: [1s]",
        "delta-interval: never",
        "spool-limit: 1TiB",
        "spool-limit: -1",
        "no-pauses: yes",
        "no-pauses: 'true'",
        "retire: never",
        "listen: here",
        "state-dir: ''",
        "databases: []",
        "databases: a.db",
        "databases: [a.db]",
        "databases: [{path: a.db}]",
        "databases: [{url: s3://bkt/a}]",
        "databases: [{path: a.db, glob: '*.db', url: s3://bkt/a}]",
        "databases: [{path: a.db, pattern: '*.db', url: s3://bkt/a}]",
        "databases: [{path: a.db, url: s3://bkt/a, listen: off}]",
        "databases: [{path: a.db, url: s3://bkt/a, pack-age: 1}]",
      })
  void aWrongFileIsRefusedByBoth(String yaml) throws IOException {
    assertThat(isValid(yaml)).isFalse();
    print(yaml).failedWith(ExitCode.USAGE);
  }

  @Test
  void theExampleOfTheGuideIsRight() throws IOException {
    String guide = Files.readString(GUIDE);
    int begin = guide.indexOf("```yaml\n") + "```yaml\n".length();
    String example = guide.substring(begin, guide.indexOf("```\n", begin));
    assertThat(isValid(example)).isTrue();
    Path file = Files.writeString(dir.resolve("s.yaml"), example);
    CliRun run =
        CliRun.with(
                Map.of("BACKUP_BUCKET", "backups"),
                "replicate",
                "--print-config",
                "--config",
                file.toString())
            .succeeded();
    assertThat(run.out()).contains("s3://backups/");
    for (OptionSpec option : Settings.options()) {
      assertThat(guide).contains("`" + Settings.key(option) + "`");
    }
  }
}
