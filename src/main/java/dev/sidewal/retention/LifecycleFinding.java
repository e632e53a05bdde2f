package dev.sidewal.retention;

import java.util.Objects;
import java.util.Optional;

/**
 * One thing that was found out about the lifecycle rules of a bucket.
 *
 * @param severity how bad it is
 * @param kind what it is, for programs
 * @param rule the id of the rule that it is about
 * @param message what it means and what to do
 */
public record LifecycleFinding(
    Severity severity, Kind kind, Optional<String> rule, String message) {

  /** Checks for nulls. */
  public LifecycleFinding {
    Objects.requireNonNull(severity, "severity");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(message, "message");
  }

  /** How bad a finding is. */
  public enum Severity {
    /** As it should be. */
    OK,
    /** Worth knowing. */
    NOTE,
    /** It costs something, or cannot be judged. */
    WARNING,
    /** History is in danger, or retired objects stay for ever. */
    ERROR
  }

  /** What was found. */
  public enum Kind {
    /** A rule deletes what is retired. */
    RETIRED_RULE,
    /** No rule does. */
    RETIRED_RULE_MISSING,
    /** A rule aborts unfinished uploads. */
    UPLOADS_RULE,
    /** No rule does. */
    UPLOADS_RULE_MISSING,
    /** A rule deletes versions that are not current. */
    NONCURRENT_RULE,
    /** No rule does, and the bucket is versioned. */
    NONCURRENT_RULE_MISSING,
    /** A rule deletes live objects. */
    DELETES_LIVE,
    /** A rule moves live objects to where they cannot be read. */
    ARCHIVES_LIVE,
    /** A rule has something that Sidewal does not know. */
    NOT_UNDERSTOOD,
    /** Whether the bucket is versioned is not known. */
    VERSIONING_UNKNOWN,
    /** The store has no lifecycle rules. */
    NO_LIFECYCLE
  }
}
