package dev.sidewal.cli;

import dev.sidewal.agent.Token;
import dev.sidewal.config.ConfigKeys;
import dev.sidewal.config.ConfigProblems;
import dev.sidewal.config.NearestName;
import dev.sidewal.config.Section;
import dev.sidewal.config.Setting;
import dev.sidewal.error.UsageException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Works out what each setting is: as given on the command line, else in the environment, else in
 * the database's entry of the configuration file, else at the top of that file, else as built in.
 *
 * <p>The options of {@link AgentFlags} and {@link CommonOptions} are the only list of settings, and
 * their parser is the only one of values: the other sources are put under it as defaults.
 */
final class Settings {

  private static final String PREFIX = "SIDEWAL_";
  private static final String CONFIG = "SIDEWAL_CONFIG";

  /** Variables that are no settings: the launcher's two, and a secret. */
  private static final Set<String> OTHERS =
      Set.of("SIDEWAL_JAVA_OPTS", "SIDEWAL_MEMORY", Token.VARIABLE);

  /** What is about this run, not about how databases are replicated. */
  private static final Set<String> NO_SETTINGS = Set.of("debug");

  private final List<String> flags;
  private final Map<String, String> environment;
  private final Map<String, Optional<String>> checked = new HashMap<>();

  /** Every setting with the value that counts. */
  static final class Values {
    @Mixin private final AgentFlags agent = new AgentFlags();
    @Mixin private final CommonOptions common = new CommonOptions();
    private final Map<String, String> texts = new TreeMap<>();

    private Values() {}

    /** Returns those of the agent. */
    AgentFlags agent() {
      return agent;
    }

    /** Returns those of logging. */
    CommonOptions common() {
      return common;
    }

    /** Returns the text of a setting's value; empty if it has none. */
    Optional<String> text(String key) {
      return Optional.ofNullable(texts.get(key));
    }
  }

  private Settings(List<String> flags, Map<String, String> environment) {
    this.flags = flags;
    this.environment = environment;
  }

  /**
   * Takes the settings that are given on the command line and in the environment.
   *
   * @throws UsageException if a variable has a value that its setting cannot have
   */
  static Settings of(ParseResult commandLine, Map<String, String> environment) {
    Set<String> names = options().stream().map(Settings::key).collect(Collectors.toSet());
    names.addAll(NO_SETTINGS);
    List<String> flags = new ArrayList<>();
    for (OptionSpec option : commandLine.matchedOptions()) {
      if (names.contains(key(option))) {
        for (String value : option.originalStringValues()) {
          flags.add(option.longestName() + (option.arity().max() == 0 ? "" : "=" + value));
        }
      }
    }
    Settings settings = new Settings(flags, environment);
    settings.checkEnvironment();
    return settings;
  }

  /** Returns the options that are settings, in the order in which they are shown. */
  static List<OptionSpec> options() {
    return parser(new Values()).getCommandSpec().options().stream()
        .filter(option -> !NO_SETTINGS.contains(key(option)))
        .toList();
  }

  /** Returns the keys that a configuration file may hold. */
  static ConfigKeys keys() {
    Set<String> replication =
        new CommandLine(new ReplicationFlags())
            .getCommandSpec().options().stream().map(Settings::key).collect(Collectors.toSet());
    Set<String> agent = new TreeSet<>();
    Set<String> switches = new TreeSet<>();
    for (OptionSpec option : options()) {
      if (isSwitch(option)) {
        switches.add(key(option));
      }
      if (!replication.contains(key(option))) {
        agent.add(key(option));
      }
    }
    return new ConfigKeys(agent, replication, switches);
  }

  /** Returns the key of an option. */
  static String key(OptionSpec option) {
    return option.longestName().substring("--".length());
  }

  /** Returns whether a setting is true or false. */
  static boolean isSwitch(OptionSpec option) {
    return option.type() == boolean.class;
  }

  /** Returns the name of the variable that has a setting. */
  static String variable(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /** Returns the configuration file that the environment names. */
  static Optional<String> configOf(Map<String, String> environment) {
    return Optional.ofNullable(environment.get(CONFIG)).filter(path -> !path.isEmpty());
  }

  /**
   * Returns a warning for each variable that looks like one of a setting and is none.
   *
   * @param used the variables that the configuration file refers to
   */
  List<String> warnings(Set<String> used) {
    Set<String> known = new TreeSet<>();
    options().forEach(option -> known.add(variable(key(option))));
    known.add(CONFIG);
    known.addAll(OTHERS);
    List<String> warnings = new ArrayList<>();
    for (String name : new TreeSet<>(environment.keySet())) {
      if (name.startsWith(PREFIX) && !known.contains(name) && !used.contains(name)) {
        String nearest =
            NearestName.of(name, known).map(n -> "; did you mean " + n + "?").orElse("");
        warnings.add(
            "the variable " + ConfigProblems.quote(name) + " means nothing to Sidewal" + nearest);
      }
    }
    return warnings;
  }

  /** Adds to the problems what of a section cannot be the value of its setting. */
  void check(Section section, ConfigProblems problems) {
    for (Setting setting : section.settings().values()) {
      wrong(setting.key(), setting.value())
          .ifPresent(
              message ->
                  problems.add(
                      setting.line(), "'" + setting.key() + "': " + asWritten(message, setting)));
    }
  }

  /** The value may come of the environment and be a secret; what is written in the file is not. */
  private static String asWritten(String message, Setting setting) {
    return setting.value().equals(setting.written())
        ? message
        : message.replace(
            "'" + setting.value() + "'", "the value of " + ConfigProblems.quote(setting.written()));
  }

  private void checkEnvironment() {
    for (OptionSpec option : options()) {
      String variable = variable(key(option));
      String value = environment.getOrDefault(variable, "");
      Optional<String> wrong = value.isEmpty() ? Optional.empty() : wrong(key(option), value);
      if (wrong.isPresent()) {
        throw new UsageException(variable + " in the environment: " + wrong.get());
      }
    }
  }

  /** Returns what is wrong with a value; empty if nothing is, or if there is no such setting. */
  private Optional<String> wrong(String key, String value) {
    return checked.computeIfAbsent(
        key + '=' + value,
        same -> {
          try {
            parse(List.of(), option -> key(option).equals(key) ? value : null);
            return Optional.empty();
          } catch (ParameterException e) {
            return Optional.of(
                e.getMessage()
                    .replaceFirst("^Invalid value for option '[^']*'( \\([^)]*\\))?: ", ""));
          }
        });
  }

  /**
   * Returns the values that count.
   *
   * @param sections of the file, what counts more before what counts less; checked
   */
  Values values(List<Section> sections) {
    return parse(flags, option -> fallback(key(option), sections));
  }

  private String fallback(String key, List<Section> sections) {
    String variable = environment.getOrDefault(variable(key), "");
    if (!variable.isEmpty()) {
      return variable;
    }
    for (Section section : sections) {
      Optional<Setting> setting = section.find(key);
      if (setting.isPresent()) {
        return setting.get().value();
      }
    }
    return null;
  }

  /**
   * Adds a value that is out of range to the problems, if it stands in the file.
   *
   * @throws UsageException the same, if it does not
   */
  void blame(UsageException e, List<Section> sections, ConfigProblems problems) {
    for (Section section : sections) {
      for (Setting setting : section.settings().values()) {
        String option = "--" + setting.key();
        if (e.getMessage().startsWith(option + " ")
            && flags.stream().noneMatch(flag -> flag.startsWith(option + "="))
            && environment.getOrDefault(variable(setting.key()), "").isEmpty()) {
          problems.add(
              setting.line(),
              "'" + setting.key() + "'" + e.getMessage().substring(option.length()));
          return;
        }
      }
    }
    throw e;
  }

  private static CommandLine parser(Values values) {
    CommandLine parser = new CommandLine(values);
    parser.setCaseInsensitiveEnumValuesAllowed(true).setExpandAtFiles(false);
    return parser;
  }

  private interface Fallback {
    /** Returns the value of an option that is not given, or null. */
    String of(OptionSpec option);
  }

  private static Values parse(List<String> arguments, Fallback fallback) {
    Values values = new Values();
    CommandLine parser = parser(values);
    // A value is never looked into for variables a second time.
    parser.setInterpolateVariables(false);
    IDefaultValueProvider provider =
        (ArgSpec argument) -> argument instanceof OptionSpec option ? fallback.of(option) : null;
    parser.setDefaultValueProvider(provider);
    ParseResult result = parser.parseArgs(arguments.toArray(String[]::new));
    for (OptionSpec option : parser.getCommandSpec().options()) {
      String text =
          isSwitch(option)
              ? option.<Boolean>getValue().toString()
              : result.hasMatchedOption(option)
                  ? result.matchedOption(option.longestName()).originalStringValues().get(0)
                  : Optional.ofNullable(fallback.of(option)).orElse(option.defaultValue());
      if (text != null) {
        values.texts.put(key(option), text);
      }
    }
    return values;
  }
}
