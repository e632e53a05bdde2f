package dev.sidewal.retention;

import dev.sidewal.error.StoreException;
import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.store.BucketLifecycle;
import dev.sidewal.store.BucketVersioning;
import dev.sidewal.store.LifecycleConfiguration;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Checks the lifecycle rules of a bucket for one replica, and brings them in order.
 *
 * <p>Invariants of {@link #apply}:
 *
 * <ul>
 *   <li>A rule that does not bear one of Sidewal's names for this very prefix is sent back as it
 *       came, element by element.
 *   <li>Nothing is written while a rule, old or new, endangers live history.
 *   <li>Nothing is written when nothing is to be changed.
 *   <li>A new rule is written switched off, read back, and switched on only if it came back as it
 *       was written: a store that drops the tag from a filter would turn the rule for what is
 *       retired into one that deletes everything. There are such stores.
 *   <li>What was written is read back. If a rule is not what it was, the rules from before are put
 *       back.
 * </ul>
 *
 * <p>Stores have no conditional write for rules: a change that somebody else makes between the
 * reading and the writing is lost.
 */
public final class BucketRules {

  /** S3 allows so many rules a bucket. */
  private static final int MAX_RULES = 1000;

  private static final int READ_BACKS = 6;
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final BucketLifecycle bucket;
  private final String prefix;
  private final Duration pause;

  /**
   * Creates it for a replica.
   *
   * @param bucket stays the caller's to close
   * @param prefix the replica's prefix in the bucket, as in its URL: without slashes at its ends
   */
  public BucketRules(BucketLifecycle bucket, String prefix) {
    this(bucket, prefix, PAUSE);
  }

  BucketRules(BucketLifecycle bucket, String prefix, Duration pause) {
    this.bucket = bucket;
    this.prefix = prefix.isEmpty() ? "" : prefix + "/";
    this.pause = pause;
  }

  /**
   * What {@link #check} found.
   *
   * @param location the replica
   * @param rules how many rules the bucket has
   * @param versioning whether the bucket keeps what is deleted
   * @param verdict what they mean for the replica
   */
  public record Report(
      String location, int rules, BucketVersioning versioning, LifecycleVerdict verdict) {

    /** Checks for nulls. */
    public Report {
      Objects.requireNonNull(location, "location");
      Objects.requireNonNull(versioning, "versioning");
      Objects.requireNonNull(verdict, "verdict");
    }
  }

  /**
   * What {@link #apply} did.
   *
   * @param changes a sentence for each rule that was added or replaced; empty if nothing was done
   * @param after how it is now
   */
  public record Change(List<String> changes, Report after) {

    /** Copies the list. */
    public Change {
      changes = List.copyOf(changes);
      Objects.requireNonNull(after, "after");
    }
  }

  /** Checks the rules for the replica that a URL names, also for one that has none. */
  public static Report check(ReplicaUrl url) {
    Optional<BucketLifecycle> opened = ObjectStores.openLifecycle(url);
    if (opened.isEmpty()) {
      return new Report(
          url.toString(), 0, BucketVersioning.OFF, LifecycleVerdict.noLifecycle(url.toString()));
    }
    try (BucketLifecycle bucket = opened.get()) {
      return new BucketRules(bucket, ((ReplicaUrl.S3) url).prefix()).check();
    }
  }

  /** Reads the rules and judges them. */
  public Report check() {
    Optional<LifecycleConfiguration> found = bucket.read();
    return found.isEmpty()
        ? new Report(
            bucket.location(),
            0,
            BucketVersioning.UNKNOWN,
            LifecycleVerdict.noLifecycle(bucket.location()))
        : report(document(found.get()).rules(), bucket.versioning());
  }

  /**
   * Adds what is missing.
   *
   * @throws VerificationFailedException if a rule endangers live history, in which case nothing is
   *     changed, or if the store does not keep what was written
   * @throws StoreException if the store has no lifecycle rules, or fails
   */
  public Change apply() {
    LifecycleConfiguration found =
        bucket
            .read()
            .orElseThrow(
                () ->
                    new StoreException(
                        "Could not change the lifecycle rules for "
                            + bucket.location()
                            + ": the store has none. 'sidewal prune' deletes what is retired"
                            + " there.",
                        false,
                        null));
    BucketVersioning versioning = bucket.versioning();
    List<String> changes = new ArrayList<>();
    LifecycleDocument document = merged(found, versioning, true, changes);
    requireSafe(LifecycleVerdict.check(document.rules(), prefix, versioning));
    if (changes.isEmpty()) {
      return new Change(changes, report(document.rules(), versioning));
    }
    if (document.rules().size() > MAX_RULES) {
      throw new VerificationFailedException(
          "The lifecycle rules for "
              + bucket.location()
              + " were not changed: there would be more than "
              + MAX_RULES
              + ", which S3 does not allow. Remove some that nobody needs.");
    }
    try {
      send(merged(found, versioning, false, new ArrayList<>()), found);
      return new Change(changes, report(send(document, found), versioning));
    } catch (VerificationFailedException e) {
      putBack(found, e);
      throw e;
    }
  }

  /** Returns the bucket's rules with what is missing added, switched on or off. */
  private LifecycleDocument merged(
      LifecycleConfiguration found,
      BucketVersioning versioning,
      boolean enabled,
      List<String> changes) {
    LifecycleDocument document = document(found);
    for (WantedRules.Kind kind : WantedRules.kinds(versioning == BucketVersioning.ON)) {
      if (!isServed(document, kind)) {
        put(document, kind, enabled, changes);
      }
    }
    return document;
  }

  private List<LifecycleRule> send(LifecycleDocument document, LifecycleConfiguration found) {
    bucket.write(new LifecycleConfiguration(Optional.of(document.toXml()), found.minimumSize()));
    return readBack(document.rules());
  }

  private void putBack(LifecycleConfiguration found, VerificationFailedException e) {
    try {
      if (found.xml().isPresent()) {
        bucket.write(found);
      } else {
        bucket.delete();
      }
    } catch (StoreException second) {
      throw new VerificationFailedException(
          e.getMessage()
              + " The rules from before could not be put back ("
              + second.getMessage()
              + "): do that by hand, at once.",
          second);
    }
  }

  private LifecycleDocument document(LifecycleConfiguration configuration) {
    return configuration
        .xml()
        .map(xml -> LifecycleDocument.parse(xml, bucket.location()))
        .orElseGet(LifecycleDocument::empty);
  }

  private Report report(List<LifecycleRule> rules, BucketVersioning versioning) {
    return new Report(
        bucket.location(),
        rules.size(),
        versioning,
        LifecycleVerdict.check(rules, prefix, versioning));
  }

  /**
   * A rule of our own that does harm, or does too little, is replaced even where another serves.
   */
  private boolean isServed(LifecycleDocument document, WantedRules.Kind kind) {
    List<LifecycleRule> rules = document.rules();
    boolean harmful =
        rules.stream()
            .filter(rule -> isOwn(rule, kind))
            .anyMatch(
                rule ->
                    !LifecycleVerdict.check(List.of(rule), prefix, BucketVersioning.OFF)
                        .dangers()
                        .isEmpty());
    return !harmful && LifecycleVerdict.has(rules, kind, prefix);
  }

  private boolean isOwn(LifecycleRule rule, WantedRules.Kind kind) {
    return rule.filter().prefix().equals(prefix)
        && (rule.id().equals(kind.id()) || rule.id().equals(idForPrefix(kind)));
  }

  private void put(
      LifecycleDocument document, WantedRules.Kind kind, boolean enabled, List<String> changes) {
    Optional<LifecycleRule> own =
        document.rules().stream().filter(rule -> isOwn(rule, kind)).findFirst();
    String id = own.map(LifecycleRule::id).orElseGet(() -> freeId(document, kind));
    if (own.isPresent()) {
      document.remove(document.rules().indexOf(own.get()));
    }
    document.add(WantedRules.rule(kind, id, prefix, enabled));
    String does =
        switch (kind) {
          case RETIRED -> "deletes what is retired";
          case UPLOADS ->
              "aborts uploads that were not finished after " + WantedRules.UPLOAD_DAYS + " days";
          case NONCURRENT ->
              "deletes versions "
                  + WantedRules.NONCURRENT_DAYS
                  + " days after they were deleted or replaced";
        };
    changes.add(
        (own.isPresent() ? "replaced rule '" : "added rule '")
            + id
            + "': "
            + does
            + (prefix.isEmpty() ? "" : " below '" + prefix + "'")
            + own.map(rule -> "; it was " + rule.canonical()).orElse(""));
  }

  /**
   * Returns the plain name, or where another replica of the bucket has that, one with the prefix.
   */
  private String freeId(LifecycleDocument document, WantedRules.Kind kind) {
    boolean taken = document.rules().stream().anyMatch(rule -> rule.id().equals(kind.id()));
    return taken ? idForPrefix(kind) : kind.id();
  }

  private String idForPrefix(WantedRules.Kind kind) {
    String readable = prefix.replaceAll("[^0-9A-Za-z]+", "-").replaceAll("^-|-$", "");
    return kind.id()
        + "-"
        + readable.substring(0, Math.min(readable.length(), 100))
        + String.format(Locale.ROOT, "-%08x", prefix.hashCode());
  }

  private void requireSafe(LifecycleVerdict verdict) {
    if (!verdict.dangers().isEmpty()) {
      throw new VerificationFailedException(
          "The lifecycle rules for "
              + bucket.location()
              + " were not changed, since what is there endangers live history: "
              + verdict.dangers().stream()
                  .map(LifecycleFinding::message)
                  .collect(Collectors.joining(" ")));
    }
  }

  private List<LifecycleRule> readBack(List<LifecycleRule> wanted) {
    List<String> lost = List.of();
    for (int attempt = 1; attempt <= READ_BACKS; attempt++) {
      List<LifecycleRule> now =
          bucket.read().map(found -> document(found).rules()).orElse(List.of());
      lost = lost(wanted, now);
      if (lost.isEmpty()) {
        return now;
      }
      if (attempt < READ_BACKS) {
        sleep(); // A bucket's configuration may take a while to be the same everywhere.
      }
    }
    throw new VerificationFailedException(
        "The lifecycle rules for "
            + bucket.location()
            + " cannot be changed on this store: it does not keep "
            + String.join(", ", lost)
            + " as written. The rules from before were put back; look at them in the store's own"
            + " tools. 'sidewal prune' deletes what is retired.");
  }

  /** Returns the rules that are not there as they were written. A store may name the nameless. */
  private static List<String> lost(List<LifecycleRule> wanted, List<LifecycleRule> now) {
    Function<LifecycleRule, String> content = LifecycleRule::canonical;
    Map<String, Long> contents =
        now.stream().collect(Collectors.groupingBy(content, HashMap::new, Collectors.counting()));
    List<String> lost = new ArrayList<>();
    for (LifecycleRule rule : wanted) {
      long left = contents.merge(rule.canonical(), -1L, Long::sum);
      boolean named =
          rule.id().isEmpty() || now.stream().anyMatch(other -> other.id().equals(rule.id()));
      if (left < 0 || !named) {
        lost.add("rule " + rule.name());
      }
    }
    return lost;
  }

  private void sleep() {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(
          "Interrupted while reading back the lifecycle rules for " + bucket.location() + ".",
          true,
          e);
    }
  }
}
