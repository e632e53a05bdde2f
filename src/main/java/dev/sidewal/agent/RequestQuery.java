package dev.sidewal.agent;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The query of a request. Immutable.
 *
 * @param values by name
 */
record RequestQuery(Map<String, String> values) {

  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  /** Reads a query; null for none. */
  static RequestQuery of(String raw) {
    Map<String, String> values = new HashMap<>();
    if (raw != null) {
      for (String pair : raw.split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "true" : pair.substring(equals + 1);
        values.put(
            URLDecoder.decode(name, StandardCharsets.UTF_8),
            URLDecoder.decode(value, StandardCharsets.UTF_8));
      }
    }
    return new RequestQuery(Map.copyOf(values));
  }

  Optional<String> value(String name) {
    return Optional.ofNullable(values.get(name));
  }

  boolean flag(String name) {
    String value = values.getOrDefault(name, "false");
    if (!value.equals("true") && !value.equals("false")) {
      throw new IllegalArgumentException(name + " is true or false, not '" + value + "'");
    }
    return value.equals("true");
  }

  Duration timeout(Duration usual) {
    Optional<String> value = value("timeout");
    if (value.isEmpty()) {
      return usual;
    }
    Matcher m = DURATION.matcher(value.get());
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "timeout is a whole number with ms, s, m or h, not '" + value.get() + "'");
    }
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(n);
      case "s" -> Duration.ofSeconds(n);
      case "m" -> Duration.ofMinutes(n);
      default -> Duration.ofHours(n);
    };
  }
}
