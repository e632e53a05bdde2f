package dev.sidewal.retention;

import dev.sidewal.store.ReplicaUrl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules that a replica in a bucket wants:
 *
 * <pre>
 * sidewal-retired      prefix and tag sidewal=retired: delete, 1 day after the object was written
 * sidewal-uploads      prefix: abort uploads that were begun 7 days ago and never finished
 * sidewal-noncurrent   prefix, only where the bucket is versioned: delete versions 7 days after
 *                      they were deleted or replaced, and the markers that stay behind
 * </pre>
 *
 * <p>The day of the first rule counts from when an object was written, and it is retired long after
 * that: in effect the store deletes it in the night after it was tagged. So the rule does not
 * depend on the retention window; when an object is tagged does.
 *
 * <p>The first rule cannot delete versions for good, since expiration is about current versions
 * only. The third has no tag in its filter: stores refuse to combine tags with the removal of
 * markers, and what {@code prune} deleted may have none. It touches nothing that is live: Sidewal
 * never overwrites an object, so every live one is current.
 */
final class WantedRules {

  static final int RETIRED_DAYS = 1;
  static final int UPLOAD_DAYS = 7;
  static final int NONCURRENT_DAYS = 7;

  /** One of the rules. */
  enum Kind {
    RETIRED("sidewal-retired"),
    UPLOADS("sidewal-uploads"),
    NONCURRENT("sidewal-noncurrent");

    private final String id;

    Kind(String id) {
      this.id = id;
    }

    String id() {
      return id;
    }
  }

  private WantedRules() {}

  /** Returns what the names of all objects of a replica in the bucket begin with. */
  static String prefixOf(ReplicaUrl.S3 url) {
    return url.prefix().isEmpty() ? "" : url.prefix() + "/";
  }

  /** Returns the kinds that a bucket should have. */
  static List<Kind> kinds(boolean versioned) {
    return versioned
        ? List.of(Kind.RETIRED, Kind.UPLOADS, Kind.NONCURRENT)
        : List.of(Kind.RETIRED, Kind.UPLOADS);
  }

  /** Returns a rule with the field names of the AWS API, for XML and JSON alike. */
  static Map<String, Object> rule(Kind kind, String id, String prefix, boolean enabled) {
    Map<String, Object> rule = new LinkedHashMap<>();
    rule.put("ID", id);
    rule.put("Filter", filter(kind, prefix));
    rule.put("Status", enabled ? "Enabled" : "Disabled");
    switch (kind) {
      case RETIRED -> rule.put("Expiration", Map.of("Days", RETIRED_DAYS));
      case UPLOADS ->
          rule.put("AbortIncompleteMultipartUpload", Map.of("DaysAfterInitiation", UPLOAD_DAYS));
      case NONCURRENT -> {
        rule.put("Expiration", Map.of("ExpiredObjectDeleteMarker", true));
        rule.put("NoncurrentVersionExpiration", Map.of("NoncurrentDays", NONCURRENT_DAYS));
      }
    }
    return rule;
  }

  private static Map<String, Object> filter(Kind kind, String prefix) {
    if (kind != Kind.RETIRED) {
      return Map.of("Prefix", prefix);
    }
    Map<String, Object> tag = new LinkedHashMap<>();
    tag.put("Key", RetiredTag.NAME);
    tag.put("Value", RetiredTag.RETIRED);
    if (prefix.isEmpty()) {
      return Map.of("Tag", tag);
    }
    Map<String, Object> and = new LinkedHashMap<>();
    and.put("Prefix", prefix);
    and.put("Tags", new ArrayList<>(List.of(tag)));
    return Map.of("And", and);
  }
}
