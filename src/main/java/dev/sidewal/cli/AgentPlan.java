package dev.sidewal.cli;

import dev.sidewal.agent.DatabaseSource;
import dev.sidewal.agent.ReplicationObserver;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.config.ConfigDocument;
import dev.sidewal.config.ConfigKeys;
import dev.sidewal.config.ConfigProblems;
import dev.sidewal.config.ConfigReader;
import dev.sidewal.config.Places;
import dev.sidewal.config.Section;
import dev.sidewal.config.Setting;
import dev.sidewal.error.UsageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an agent is to do, worked out before anything is begun.
 *
 * @param values the settings of the agent, and those of databases that say nothing else
 * @param databases what it replicates; empty if neither the command line nor the file says it
 * @param base the URL below which entries without one have their replicas
 * @param warnings what may be a mistake
 */
record AgentPlan(
    Settings.Values values,
    List<Database> databases,
    Optional<String> base,
    List<String> warnings) {

  /**
   * A database, or several of one entry.
   *
   * @param source where they are, and how they are replicated
   * @param place the keys of the entry that say where they are, with their values
   * @param values their settings
   */
  record Database(DatabaseSource source, Map<String, String> place, Settings.Values values) {}

  AgentPlan {
    databases = List.copyOf(databases);
    warnings = List.copyOf(warnings);
  }

  /**
   * What the command line says beside settings.
   *
   * @param config the configuration file
   * @param database the one database
   * @param url its replica
   * @param once whether everything is shipped once only
   * @param observer hears of requests and pauses
   */
  record Task(
      Optional<Path> config,
      Optional<Path> database,
      Optional<String> url,
      boolean once,
      Optional<ReplicationObserver> observer) {}

  /**
   * Works out a plan.
   *
   * @throws UsageException with everything that is wrong in the file, or what is wrong elsewhere
   */
  static AgentPlan of(Task task, Settings settings, Map<String, String> environment) {
    ConfigProblems problems = new ConfigProblems(task.config().orElse(Path.of("")));
    Optional<ConfigDocument> document =
        task.config().map(file -> ConfigReader.read(file, Settings.keys(), environment, problems));
    Planner planner = new Planner(task, settings, document, problems);
    return planner.plan();
  }

  /** Returns where the databases are. */
  List<DatabaseSource> sources() {
    return databases.stream().map(Database::source).toList();
  }

  private record Planner(
      Task task, Settings settings, Optional<ConfigDocument> document, ConfigProblems problems) {

    private static final Section NOTHING = new Section(1, Map.of());

    AgentPlan plan() {
      Section global = document.map(ConfigDocument::global).orElse(NOTHING);
      List<Section> entries = document.map(ConfigDocument::databases).orElse(List.of());
      if (task.database().isPresent() && !entries.isEmpty()) {
        throw new UsageException(
            "DB is given, and "
                + task.config().orElseThrow()
                + " has databases, too: leave out the one or the other");
      }
      boolean complete = problems.none();
      settings.check(global, problems);
      entries.forEach(entry -> settings.check(entry, problems));
      // With keys left out, what is missing would be told that is only misspelt.
      List<Places.Located> located =
          document
              .filter(read -> complete)
              .map(found -> Places.of(found, problems))
              .orElse(List.of());
      problems.throwIfAny();

      Settings.Values values = settings.values(List.of(global));
      Optional<ReplicationOptions> options = options(values, List.of(global));
      values.agent().checkRanges(e -> settings.blame(e, List.of(global), problems));
      List<Database> databases = new ArrayList<>();
      if (task.database().isPresent() && options.isPresent()) {
        databases.add(given(values, options.get()));
      }
      databases.addAll(entries(located, global));
      problems.throwIfAny();
      return new AgentPlan(
          values,
          databases,
          global.find(ConfigKeys.URL).map(Setting::value),
          settings.warnings(document.map(ConfigDocument::variables).orElse(Set.of())));
    }

    private Database given(Settings.Values values, ReplicationOptions options) {
      Path path = task.database().get();
      return new Database(
          new DatabaseSource(new DatabaseSource.File(path), task.url().orElseThrow(), options),
          Map.of(ConfigKeys.PATH, path.toString()),
          values);
    }

    /** Entries that override the same share what comes of it: there may be thousands. */
    private List<Database> entries(List<Places.Located> located, Section global) {
      Map<Map<String, String>, Optional<Database>> shared = new HashMap<>();
      List<Database> databases = new ArrayList<>();
      for (Places.Located entry : located) {
        Map<String, String> own = new LinkedHashMap<>();
        Map<String, String> place = new LinkedHashMap<>();
        for (Setting setting : entry.section().settings().values()) {
          if (ConfigKeys.isPlace(setting.key())) {
            place.put(setting.key(), setting.value());
          } else if (!ConfigKeys.URL.equals(setting.key())) {
            own.put(setting.key(), setting.value());
          }
        }
        List<Section> sections = List.of(entry.section(), global);
        Optional<Database> same =
            shared.computeIfAbsent(
                own,
                settingsOfEntry -> {
                  Settings.Values values = settings.values(sections);
                  return options(values, sections)
                      .map(
                          options ->
                              new Database(
                                  new DatabaseSource(entry.place(), entry.url(), options),
                                  place,
                                  values));
                });
        same.ifPresent(
            like ->
                databases.add(
                    new Database(
                        new DatabaseSource(entry.place(), entry.url(), like.source().options()),
                        place,
                        like.values())));
      }
      return databases;
    }

    /** Returns how databases are replicated; empty if a value of the file is out of range. */
    private Optional<ReplicationOptions> options(Settings.Values values, List<Section> sections) {
      try {
        return Optional.of(values.agent().options(task.once(), task.observer()));
      } catch (UsageException e) {
        settings.blame(e, sections, problems);
        return Optional.empty();
      }
    }
  }
}
