package dev.sidewal.config;

import java.util.Objects;

/**
 * A key of a configuration file with its value.
 *
 * @param key the key
 * @param written the value as it is written in the file; fit for messages, since it holds no value
 *     of a variable
 * @param value the value, with the values of variables put in
 * @param line the line on which the value begins, counted from 1
 */
public record Setting(String key, String written, String value, int line) {

  /** Checks that nothing is missing. */
  public Setting {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(written, "written");
    Objects.requireNonNull(value, "value");
  }
}
