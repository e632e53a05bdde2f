package dev.sidewal.config;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a configuration file says.
 *
 * @param global the settings of the whole file
 * @param databases the entries of {@code databases}, in the order of the file
 * @param variables the names of the variables that values refer to
 */
public record ConfigDocument(Section global, List<Section> databases, Set<String> variables) {

  /** Copies the collections. */
  public ConfigDocument {
    Objects.requireNonNull(global, "global");
    databases = List.copyOf(databases);
    variables = Set.copyOf(variables);
  }
}
