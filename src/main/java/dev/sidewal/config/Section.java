package dev.sidewal.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Settings that hold together: those of the whole file, or those of one entry of {@code databases}.
 *
 * @param line where it begins, counted from 1
 * @param settings by key, in the order of the file
 */
public record Section(int line, Map<String, Setting> settings) {

  /** Copies the settings. */
  public Section {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }

  /** Returns the setting with this key. */
  public Optional<Setting> find(String key) {
    return Optional.ofNullable(settings.get(key));
  }
}
