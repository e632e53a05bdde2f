package dev.sidewal.doctor;

import dev.sidewal.error.StoreException;
import dev.sidewal.retention.LifecyclePrinter;
import dev.sidewal.store.ConditionalPut;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.store.S3Permission;
import dev.sidewal.store.S3Trial;
import dev.sidewal.store.S3Trial.Outcome;
import dev.sidewal.store.TagSupport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Tries each permission by using it.
 *
 * <p>Invariant: what is written lies beside {@code generations/}, below which alone history is
 * looked for, under a name that nobody else has; it is deleted at the end, or where that is not
 * allowed, tagged so that the rule for what is retired deletes it.
 */
record PermissionTrial(ReplicaUrl.S3 url, S3Trial trial, boolean writes) implements Examination {

  private static final String NAME = ".sidewal-doctor-";

  @Override
  public List<Finding> examine() {
    String key = NAME + UUID.randomUUID();
    // Also when the process is told to end in the middle, nothing is left in the store.
    Thread remover =
        new Thread(() -> trial.attempt(S3Permission.DELETE, key), "remove-doctor-probe");
    if (writes) {
      Runtime.getRuntime().addShutdownHook(remover);
    }
    try {
      return examine(key);
    } catch (RuntimeException e) {
      if (writes) {
        trial.attempt(S3Permission.DELETE, key);
      }
      throw e;
    } finally {
      unhook(remover);
    }
  }

  private void unhook(Thread remover) {
    try {
      if (writes) {
        Runtime.getRuntime().removeShutdownHook(remover);
      }
    } catch (IllegalStateException ending) {
      // The process is ending, and the hook is at work.
    }
  }

  private List<Finding> examine(String key) {
    Map<S3Permission, S3Trial.Attempt> attempts = new EnumMap<>(S3Permission.class);
    List<Finding> findings = new ArrayList<>();
    for (S3Permission permission : S3Permission.values()) {
      boolean possible =
          writes && (permission == S3Permission.PUT || granted(attempts, S3Permission.PUT));
      if (permission == S3Permission.DELETE && possible) {
        capabilities(key, attempts, findings);
      }
      if (possible || !permission.writing()) {
        attempts.put(permission, trial.attempt(permission, target(permission, key)));
      }
    }
    if (granted(attempts, S3Permission.PUT) && !granted(attempts, S3Permission.DELETE)) {
      boolean tagged = trial.attempt(S3Permission.PUT_TAGS, key).outcome() == Outcome.GRANTED;
      findings.add(
          new Finding(
              StoreKind.PROBE_LEFT,
              url.toString(key)
                  + " could not be deleted"
                  + (tagged ? "; it is tagged sidewal=retired." : ".")));
    }
    attempts.values().forEach(attempt -> failure(attempt, findings));
    if (!writes) {
      findings.add(
          new Finding(
              StoreKind.PERMISSIONS_NOT_TRIED,
              "Not tried: " + actions(S3Permission.values(), S3Permission::writing) + "."));
    }
    if (findings.stream().noneMatch(f -> isDenial(f.kind()))) {
      findings.add(
          new Finding(
              StoreKind.PERMISSIONS_GRANTED,
              "Tried and granted: "
                  + actions(
                      attempts.keySet().toArray(new S3Permission[0]), p -> granted(attempts, p))
                  + "."));
    }
    return findings;
  }

  /** An upload in parts has a key of its own: aborting it may take the object there with it. */
  private static String target(S3Permission permission, String key) {
    return switch (permission) {
      case LIST -> "";
      case ABORT_UPLOAD -> key + "-parts";
      default -> key;
    };
  }

  private static boolean isDenial(Kind kind) {
    return kind == StoreKind.PERMISSION_DENIED || kind == StoreKind.PERMISSION_FAILED;
  }

  private static boolean granted(
      Map<S3Permission, S3Trial.Attempt> attempts, S3Permission permission) {
    return attempts.containsKey(permission)
        && attempts.get(permission).outcome() == Outcome.GRANTED;
  }

  private static String actions(S3Permission[] all, Predicate<S3Permission> wanted) {
    return Arrays.stream(all)
        .filter(wanted)
        .map(S3Permission::action)
        .collect(Collectors.joining(", "));
  }

  private void failure(S3Trial.Attempt attempt, List<Finding> findings) {
    S3Permission permission = attempt.permission();
    switch (attempt.outcome()) {
      case GRANTED, UNSUPPORTED -> {
        return; // What a store does not know, nobody needs a permission for.
      }
      case DENIED ->
          findings.add(
              new Finding(
                  permission.needed()
                      ? StoreKind.PERMISSION_DENIED
                      : StoreKind.PERMISSION_OPTIONAL_DENIED,
                  permission.action()
                      + " is denied. Missing statement: "
                      + statement(permission)
                      + " The answer: "
                      + attempt.message()));
      case FAILED ->
          findings.add(
              new Finding(
                  StoreKind.PERMISSION_FAILED,
                  "Trying " + permission.action() + ": " + attempt.message()));
    }
  }

  /** Returns the statement of {@code lifecycle print --format iam}, with this action alone. */
  private String statement(S3Permission permission) {
    Map<String, Object> statement =
        new LifecyclePrinter(url, false).statementThatAllows(permission.action()).orElseThrow();
    return String.format(
        Locale.ROOT,
        "{\"Effect\":\"Allow\",\"Action\":\"%s\",\"Resource\":\"%s\"} (%s).",
        permission.action(),
        statement.get("Resource"),
        statement.get("Sid"));
  }

  /** What the store makes of conditional writes and of tags, with the object that was written. */
  private void capabilities(
      String key, Map<S3Permission, S3Trial.Attempt> attempts, List<Finding> findings) {
    try (ObjectStore store = ObjectStores.open(url)) {
      ConditionalPut put = store.probeConditionalPut(key, S3Trial.payload());
      findings.add(
          new Finding(
              switch (put) {
                case ENFORCED -> StoreKind.CONDITIONAL_PUT_ENFORCED;
                case IGNORED -> StoreKind.CONDITIONAL_PUT_IGNORED;
                case UNSUPPORTED -> StoreKind.CONDITIONAL_PUT_UNSUPPORTED;
              },
              "Writing an object again with If-None-Match: * was "
                  + switch (put) {
                    case ENFORCED -> "answered with 412.";
                    case IGNORED -> "carried out.";
                    case UNSUPPORTED -> "refused as unknown.";
                  }));
      boolean denied =
          attempts.values().stream()
              .filter(
                  a ->
                      a.permission() == S3Permission.PUT_TAGS
                          || a.permission() == S3Permission.GET_TAGS)
              .anyMatch(a -> a.outcome() == Outcome.DENIED);
      if (!denied) {
        boolean kept = store.probeTags(key) == TagSupport.SUPPORTED;
        findings.add(
            new Finding(
                kept ? StoreKind.TAGS_KEPT : StoreKind.TAGS_UNSUPPORTED,
                kept
                    ? "A tag that was put was read back."
                    : "A tag could not be put and read back."));
      }
    } catch (StoreException e) {
      findings.add(new Finding(StoreKind.PERMISSION_FAILED, e.getMessage()));
    }
  }
}
