package dev.sidewal.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a store says in {@code x-amz-expiration}, which stands in the answer to a PUT or HEAD
 * of an object that a lifecycle rule is going to delete:
 *
 * <pre>
 * x-amz-expiration: expiry-date="Fri, 23 Dec 2026 00:00:00 GMT", rule-id="tidy%20up"
 * </pre>
 *
 * <p>Any such header is an alarm: objects that carry the tag of the retired are neither written nor
 * looked at. Each rule is logged once an hour. Safe for use by several threads.
 */
final class ExpiryAlarm {

  private static final Logger log = LoggerFactory.getLogger(ExpiryAlarm.class);
  private static final Duration SILENCE = Duration.ofHours(1);
  private static final Pattern DATE = Pattern.compile("expiry-date=\"([^\"]*)\"");
  private static final Pattern RULE = Pattern.compile("rule-id=\"([^\"]*)\"");

  private final ReplicaUrl.S3 url;
  private final InstantSource clock;
  private final Map<String, Instant> logged = new HashMap<>();
  private volatile Optional<String> newest = Optional.empty();

  ExpiryAlarm(ReplicaUrl.S3 url, InstantSource clock) {
    this.url = url;
    this.clock = clock;
  }

  /** Takes note of the header in an answer about an object, if there is one. */
  void heard(String key, Optional<String> header) {
    if (header.isEmpty() || header.get().isBlank()) {
      return;
    }
    String rule = part(RULE, header.get()).map(ExpiryAlarm::decoded).orElse("of unknown name");
    String message =
        "Lifecycle rule '"
            + rule
            + "' of bucket '"
            + url.bucket()
            + "' is going to delete "
            + key
            + " in "
            + url
            + " on "
            + part(DATE, header.get()).orElse("an unknown date (" + header.get() + ")")
            + ". That object is part of the history and still needed: when it is gone, what rests on"
            + " it cannot be restored. Run: sidewal lifecycle check '"
            + url
            + "', and change the rule or switch it off before that date.";
    newest = Optional.of(message);
    if (isDue(rule)) {
      log.error(message);
    }
  }

  private synchronized boolean isDue(String rule) {
    Instant now = clock.instant();
    boolean due =
        Optional.ofNullable(logged.get(rule))
            .map(last -> !now.isBefore(last.plus(SILENCE)))
            .orElse(true);
    if (due) {
      logged.put(rule, now);
    }
    return due;
  }

  /** Returns the newest message. */
  Optional<String> message() {
    return newest;
  }

  private static Optional<String> part(Pattern pattern, String header) {
    Matcher m = pattern.matcher(header);
    return m.find() ? Optional.of(m.group(1)) : Optional.empty();
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, UTF_8);
    } catch (IllegalArgumentException e) {
      return text; // Not encoded, then: it is shown as it came.
    }
  }
}
