package dev.sidewal.retention;

import dev.sidewal.retention.LifecycleFinding.Kind;
import dev.sidewal.retention.LifecycleFinding.Severity;
import dev.sidewal.store.BucketVersioning;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What the lifecycle rules of a bucket mean for one replica in it.
 *
 * <p>A live object lies below the replica's prefix and {@code generations/}, is current, and
 * carries no tag, or {@code sidewal=live}. An enabled rule is about live objects unless its filter
 * shows that it cannot be: a prefix that none of their names begins with, or a tag that they do not
 * have. Conditions on the size, and those that Sidewal does not know, show nothing.
 *
 * @param findings in the order of the rules, and then what is there or missing
 */
public record LifecycleVerdict(List<LifecycleFinding> findings) {

  /** All objects of a replica have names that begin with this, below its prefix. */
  private static final String OBJECTS = "generations/";

  /** Objects in these classes are not readable before somebody has brought them back. */
  private static final Set<String> ARCHIVES = Set.of("GLACIER", "DEEP_ARCHIVE");

  private static final Set<String> READABLE =
      Set.of("STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR");

  private static final Map<String, String> LIVE_TAGS = Map.of(RetiredTag.NAME, RetiredTag.LIVE);
  private static final Map<String, String> RETIRED_TAGS =
      Map.of(RetiredTag.NAME, RetiredTag.RETIRED);

  /** Copies the list. */
  public LifecycleVerdict {
    findings = List.copyOf(findings);
  }

  /** Returns the verdict on a store that has no lifecycle rules. */
  static LifecycleVerdict noLifecycle(String location) {
    return new LifecycleVerdict(
        List.of(
            new LifecycleFinding(
                Severity.NOTE,
                Kind.NO_LIFECYCLE,
                Optional.empty(),
                "The store of "
                    + location
                    + " has no lifecycle rules, so none can delete live history, and none deletes"
                    + " what is retired: run 'sidewal prune' from time to time.")));
  }

  /**
   * Judges the rules of a bucket.
   *
   * @param prefix what all object names of the replica begin with: empty, or with a slash at the
   *     end
   */
  static LifecycleVerdict check(
      List<LifecycleRule> rules, String prefix, BucketVersioning versioning) {
    List<LifecycleFinding> findings = new ArrayList<>();
    List<LifecycleRule> enabled = rules.stream().filter(LifecycleRule::enabled).toList();
    enabled.stream()
        .filter(rule -> matchesLive(rule.filter(), prefix))
        .forEach(rule -> dangers(rule, findings));
    for (WantedRules.Kind kind : WantedRules.Kind.values()) {
      if (kind != WantedRules.Kind.NONCURRENT || versioning == BucketVersioning.ON) {
        findings.add(wanted(kind, rules, prefix));
      }
    }
    if (versioning == BucketVersioning.UNKNOWN) {
      findings.add(
          new LifecycleFinding(
              Severity.NOTE,
              Kind.VERSIONING_UNKNOWN,
              Optional.empty(),
              "Whether the bucket is versioned could not be found out (s3:GetBucketVersioning). If"
                  + " it is, it needs a rule for noncurrent versions too, or nothing is ever"
                  + " really deleted."));
    }
    return new LifecycleVerdict(findings);
  }

  /** Returns whether a rule of a kind is there, enabled and about the whole replica. */
  static boolean has(List<LifecycleRule> rules, WantedRules.Kind kind, String prefix) {
    return rules.stream().anyMatch(rule -> rule.enabled() && serves(rule, kind, prefix));
  }

  /** Returns whether no finding is an error. */
  public boolean fits() {
    return findings.stream().noneMatch(f -> f.severity() == Severity.ERROR);
  }

  /** Returns the findings that say that live history is in danger. */
  public List<LifecycleFinding> dangers() {
    return findings.stream()
        .filter(f -> f.kind() == Kind.DELETES_LIVE || f.kind() == Kind.ARCHIVES_LIVE)
        .toList();
  }

  private static boolean matchesLive(LifecycleRule.Filter filter, String prefix) {
    String objects = prefix + OBJECTS;
    boolean names = objects.startsWith(filter.prefix()) || filter.prefix().startsWith(objects);
    // Several tags: S3 wants all of them on an object, MinIO any of them.
    return names
        && (filter.tags().isEmpty() || filter.tags().entrySet().containsAll(LIVE_TAGS.entrySet()));
  }

  private static void dangers(LifecycleRule rule, List<LifecycleFinding> findings) {
    LifecycleRule.Actions actions = rule.actions();
    if (!actions.expiry().isEmpty()) {
      findings.add(
          finding(
              Severity.ERROR,
              Kind.DELETES_LIVE,
              rule,
              "deletes live history: it expires objects of this replica "
                  + actions.expiry()
                  + ", however much they are still needed. Switch it off, or give it a prefix that"
                  + " leaves the replica out"));
    }
    for (String storageClass : actions.transitions()) {
      if (ARCHIVES.contains(storageClass)) {
        findings.add(
            finding(
                Severity.ERROR,
                Kind.ARCHIVES_LIVE,
                rule,
                "moves live history to "
                    + storageClass
                    + ", where nothing can be read before it was brought back, which takes hours:"
                    + " no restore would work. Switch it off, use GLACIER_IR, or give it a prefix"
                    + " that leaves the replica out"));
      } else if (!READABLE.contains(storageClass)) {
        findings.add(
            finding(
                Severity.WARNING,
                Kind.NOT_UNDERSTOOD,
                rule,
                "moves live history to the storage class '"
                    + storageClass
                    + "', which Sidewal does not know. See to it that objects there can be read at"
                    + " once"));
      }
    }
    for (String action : actions.unknown()) {
      findings.add(
          finding(
              Severity.WARNING,
              Kind.NOT_UNDERSTOOD,
              rule,
              "has the action '"
                  + action
                  + "', which Sidewal does not know. See to it that it does not touch live"
                  + " objects"));
    }
  }

  private static boolean serves(LifecycleRule rule, WantedRules.Kind kind, String prefix) {
    LifecycleRule.Filter filter = rule.filter();
    LifecycleRule.Actions actions = rule.actions();
    boolean all =
        prefix.startsWith(filter.prefix()) && !filter.sized() && filter.unknown().isEmpty();
    return all
        && switch (kind) {
          case RETIRED -> !actions.expiry().isEmpty() && filter.tags().equals(RETIRED_TAGS);
          case UPLOADS -> actions.abortDays().isPresent() && filter.tags().isEmpty();
          case NONCURRENT ->
              actions.noncurrentDays().isPresent()
                  && (filter.tags().isEmpty() || filter.tags().equals(RETIRED_TAGS));
        };
  }

  private static LifecycleFinding wanted(
      WantedRules.Kind kind, List<LifecycleRule> rules, String prefix) {
    Predicate<LifecycleRule> serves = rule -> serves(rule, kind, prefix);
    Optional<LifecycleRule> found =
        rules.stream().filter(LifecycleRule::enabled).filter(serves).findFirst();
    if (found.isPresent()) {
      return present(kind, found.get());
    }
    String instead =
        rules.stream()
            .filter(serves)
            .findFirst()
            .map(rule -> " (rule " + rule.name() + " would, but it is switched off)")
            .orElse("");
    return switch (kind) {
      case RETIRED ->
          missing(
              Severity.ERROR,
              Kind.RETIRED_RULE_MISSING,
              "No rule deletes what is retired (tag sidewal=retired)"
                  + instead
                  + ": the replica grows for ever. Run 'sidewal lifecycle apply', or 'sidewal"
                  + " prune' from time to time.");
      case UPLOADS ->
          missing(
              Severity.WARNING,
              Kind.UPLOADS_RULE_MISSING,
              "No rule aborts uploads that were never finished"
                  + instead
                  + ": their parts are invisible and paid for. 'sidewal lifecycle apply' adds one.");
      case NONCURRENT ->
          missing(
              Severity.WARNING,
              Kind.NONCURRENT_RULE_MISSING,
              "The bucket is versioned, and no rule deletes noncurrent versions"
                  + instead
                  + ": what is deleted stays, and is paid for. 'sidewal lifecycle apply' adds one.");
    };
  }

  private static LifecycleFinding present(WantedRules.Kind kind, LifecycleRule rule) {
    return switch (kind) {
      case RETIRED ->
          finding(
              Severity.OK,
              Kind.RETIRED_RULE,
              rule,
              "deletes retired objects "
                  + rule.actions().expiry()
                  + ", but not before they are tagged");
      case UPLOADS ->
          finding(
              Severity.OK,
              Kind.UPLOADS_RULE,
              rule,
              "aborts uploads "
                  + days(rule.actions().abortDays().getAsInt())
                  + " after their begin");
      case NONCURRENT ->
          finding(
              Severity.OK,
              Kind.NONCURRENT_RULE,
              rule,
              "deletes versions "
                  + days(rule.actions().noncurrentDays().getAsInt())
                  + " after they were deleted or replaced");
    };
  }

  private static String days(int days) {
    return days + (days == 1 ? " day" : " days");
  }

  private static LifecycleFinding finding(
      Severity severity, Kind kind, LifecycleRule rule, String what) {
    return new LifecycleFinding(
        severity, kind, Optional.of(rule.id()), "Rule " + rule.name() + " " + what + ".");
  }

  private static LifecycleFinding missing(Severity severity, Kind kind, String message) {
    return new LifecycleFinding(severity, kind, Optional.empty(), message);
  }
}
