package dev.sidewal.retention;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * One lifecycle rule of a bucket, as far as it matters to a replica. What Sidewal does not know is
 * kept by name, so that nobody takes it for nothing.
 *
 * @param id the rule's name; may be empty
 * @param enabled whether the store carries it out
 * @param filter which objects it is about
 * @param actions what happens to them
 * @param canonical the whole rule without its id as text, equal for rules that say the same
 */
record LifecycleRule(String id, boolean enabled, Filter filter, Actions actions, String canonical) {

  LifecycleRule {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(filter, "filter");
    Objects.requireNonNull(actions, "actions");
    Objects.requireNonNull(canonical, "canonical");
  }

  /**
   * Which objects a rule is about.
   *
   * @param prefix what their keys begin with; empty for all
   * @param tags the tags that they all must have; empty if tags do not matter
   * @param sized whether their size matters too
   * @param unknown the conditions that Sidewal does not know
   */
  record Filter(String prefix, Map<String, String> tags, boolean sized, List<String> unknown) {
    Filter {
      Objects.requireNonNull(prefix, "prefix");
      tags = Map.copyOf(tags);
      unknown = List.copyOf(unknown);
    }
  }

  /**
   * What happens to the objects.
   *
   * @param expiry when the current version is deleted, in words such as {@code 30 days after it was
   *     written}; empty if it is not
   * @param transitions the storage classes that the current version is moved to
   * @param noncurrentDays after how many days versions that are not current are deleted
   * @param removesMarkers whether delete markers with nothing behind them are removed
   * @param abortDays after how many days unfinished uploads are aborted
   * @param unknown the actions that Sidewal does not know
   */
  record Actions(
      String expiry,
      List<String> transitions,
      OptionalInt noncurrentDays,
      boolean removesMarkers,
      OptionalInt abortDays,
      List<String> unknown) {
    Actions {
      Objects.requireNonNull(expiry, "expiry");
      transitions = List.copyOf(transitions);
      unknown = List.copyOf(unknown);
    }
  }

  /** Returns the rule's name for messages. */
  String name() {
    return id.isEmpty() ? "without a name" : "'" + id + "'";
  }
}
