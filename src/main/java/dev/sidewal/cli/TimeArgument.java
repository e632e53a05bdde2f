package dev.sidewal.cli;

import dev.sidewal.error.UsageException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A time as a person gives it: RFC 3339 with a zone, {@code now}, or an age such as {@code -90m} or
 * {@code -1d12h} (units w, d, h, m, s in that order). A time without a zone is refused: what it
 * means would depend on the machine.
 */
final class TimeArgument {

  private static final Pattern AGE =
      Pattern.compile("-(?:(\\d+)w)?(?:(\\d+)d)?(?:(\\d+)h)?(?:(\\d+)m)?(?:(\\d+)s)?");
  private static final Duration[] UNITS = {
    Duration.ofDays(7),
    Duration.ofDays(1),
    Duration.ofHours(1),
    Duration.ofMinutes(1),
    Duration.ofSeconds(1)
  };
  private static final Pattern RFC_3339 =
      Pattern.compile(
          "(\\d{4}-\\d{2}-\\d{2})[Tt ](\\d{2}:\\d{2}:\\d{2}(?:\\.\\d{1,9})?)"
              + "([Zz]|[+-]\\d{2}:\\d{2})?");

  private final String text;
  private final Optional<Instant> absolute;
  private final Duration age;

  private TimeArgument(String text, Optional<Instant> absolute, Duration age) {
    this.text = text;
    this.absolute = absolute;
    this.age = age;
  }

  /**
   * Reads a time.
   *
   * @throws UsageException if it is none, with a message that says what is missing
   */
  static TimeArgument parse(String text) {
    Objects.requireNonNull(text, "text");
    if (text.equalsIgnoreCase("now")) {
      return new TimeArgument(text, Optional.empty(), Duration.ZERO);
    }
    Matcher age = AGE.matcher(text);
    if (text.length() > 1 && age.matches()) {
      return new TimeArgument(text, Optional.empty(), age(text, age));
    }
    if (AGE.matcher("-" + text).matches() && !text.isEmpty()) {
      throw new UsageException("'" + text + "' is not a time; an age has a minus: -" + text);
    }
    Matcher rfc = RFC_3339.matcher(text);
    if (!rfc.matches()) {
      throw new UsageException(
          "'"
              + text
              + "' is not a time; give RFC 3339 with a zone (2026-11-21T10:00:00Z,"
              + " 2026-11-21T11:00:00+01:00), now, or an age (-90m, -1d12h)");
    }
    if (rfc.group(3) == null) {
      throw new UsageException(
          "'" + text + "' has no zone; append Z for UTC or an offset such as +01:00");
    }
    try {
      String canonical = rfc.group(1) + "T" + rfc.group(2) + rfc.group(3).toUpperCase(Locale.ROOT);
      return new TimeArgument(
          text, Optional.of(OffsetDateTime.parse(canonical).toInstant()), Duration.ZERO);
    } catch (DateTimeException e) {
      throw new UsageException("'" + text + "' is not a time that exists", e);
    }
  }

  private static Duration age(String text, Matcher matcher) {
    try {
      Duration age = Duration.ZERO;
      for (int unit = 0; unit < UNITS.length; unit++) {
        String number = matcher.group(unit + 1);
        if (number != null) {
          age = age.plus(UNITS[unit].multipliedBy(Long.parseLong(number)));
        }
      }
      // Longer than this, and the time lies outside what a calendar can name.
      if (age.compareTo(Duration.ofDays(365L * 10_000)) > 0) {
        throw new UsageException("'" + text + "' is too long ago");
      }
      return age;
    } catch (ArithmeticException | NumberFormatException e) {
      throw new UsageException("'" + text + "' is too long ago", e);
    }
  }

  /** Returns the moment that is meant; {@code now} and ages count from the clock's time. */
  Instant resolve(Clock clock) {
    return absolute.orElseGet(() -> clock.instant().minus(age));
  }

  @Override
  public String toString() {
    return text;
  }

  /** Lets the parser of the command line read it. */
  static final class Converter implements ITypeConverter<TimeArgument> {
    @Override
    public TimeArgument convert(String value) {
      try {
        return parse(value);
      } catch (UsageException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
