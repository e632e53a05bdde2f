package dev.sidewal.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.config.ConfigKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Prints settings as a configuration file. What is printed is read back to the same settings, with
 * nothing given beside it. No setting is a secret: credentials are no settings and no part of URLs,
 * and a token is named by its file.
 */
final class ConfigPrinter {

  private static final int WIDTH = 98;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What YAML takes for nothing but text, or number with unit, without quotes. */
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z0-9./](?:[A-Za-z0-9._/%=?&+@-]|:(?=[A-Za-z0-9/]))*");

  private static final Pattern NUMBER = Pattern.compile("[0-9._+:-]+(?:[eE][0-9+-]*)?|0[xo].*");
  private static final Pattern WORD =
      Pattern.compile("(?i)true|false|yes|no|y|n|null|\\.inf|\\.nan");

  private final StringBuilder out = new StringBuilder();

  private ConfigPrinter() {}

  static String print(AgentPlan plan) {
    return new ConfigPrinter().file(plan);
  }

  private String file(AgentPlan plan) {
    List<OptionSpec> options = Settings.options();
    for (OptionSpec option : options) {
      comment(String.join(" ", option.description()));
      Optional<String> text = plan.values().text(Settings.key(option));
      if (text.isPresent()) {
        line("", Settings.key(option), value(option, text.get()));
      } else {
        out.append("# ").append(Settings.key(option)).append(":\n");
      }
      out.append('\n');
    }
    comment(
        "Where the replicas of entries without a 'url' go: each to the name of its file or"
            + " directory below this.");
    plan.base()
        .ifPresentOrElse(
            base -> line("", ConfigKeys.URL, text(base)),
            () -> out.append("# url: s3://bucket/prefix\n"));
    out.append('\n');
    comment(
        "What is replicated. An entry has 'path', 'directory' (with 'pattern') or 'glob'; each"
            + " setting of replication that it has beside them is for its databases only.");
    if (plan.databases().isEmpty()) {
      out.append("# databases:\n#   - path: /srv/app/app.db\n#     url: s3://bucket/app\n");
    } else {
      out.append(ConfigKeys.DATABASES).append(":\n");
      plan.databases().forEach(database -> entry(database, plan.values(), options));
    }
    return out.toString();
  }

  private void entry(
      AgentPlan.Database database, Settings.Values global, List<OptionSpec> options) {
    List<String[]> lines = new ArrayList<>();
    for (Map.Entry<String, String> part : database.place().entrySet()) {
      lines.add(new String[] {part.getKey(), text(part.getValue())});
    }
    lines.add(new String[] {ConfigKeys.URL, text(database.source().url())});
    for (OptionSpec option : options) {
      String key = Settings.key(option);
      Optional<String> own = database.values().text(key);
      if (own.isPresent() && !own.equals(global.text(key))) {
        lines.add(new String[] {key, value(option, own.get())});
      }
    }
    String indent = "  - ";
    for (String[] line : lines) {
      line(indent, line[0], line[1]);
      indent = "    ";
    }
  }

  private void line(String indent, String key, String value) {
    out.append(indent).append(key).append(": ").append(value).append('\n');
  }

  private static String value(OptionSpec option, String text) {
    boolean size = option.paramLabel().equals("SIZE") && text.matches("[0-9]+");
    return Settings.isSwitch(option) || size ? text : text(text);
  }

  private static String text(String text) {
    if (PLAIN.matcher(text).matches()
        && !NUMBER.matcher(text).matches()
        && !WORD.matcher(text).matches()) {
      return text;
    }
    try {
      return JSON.writeValueAsString(text.replace("${", "$${"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Appends text as a comment of lines that are not too long. */
  private void comment(String text) {
    StringBuilder line = new StringBuilder("#");
    for (String word : text.strip().split("\\s+", -1)) {
      if (line.length() + 1 + word.length() > WIDTH) {
        out.append(line).append('\n');
        line = new StringBuilder("#");
      }
      line.append(' ').append(word);
    }
    out.append(line).append('\n');
  }
}
