package dev.sidewal.agent;

/**
 * What a replication has retired since it was started.
 *
 * @param passes how often it looked
 * @param objects objects that it tagged or deleted
 * @param bytes their lengths together
 * @param failures passes, or parts of them, that failed
 */
public record RetentionCounts(long passes, long objects, long bytes, long failures) {

  /** Nothing yet. */
  public static final RetentionCounts NONE = new RetentionCounts(0, 0, 0, 0);

  RetentionCounts with(long moreObjects, long moreBytes, long moreFailures) {
    return new RetentionCounts(
        passes + 1, objects + moreObjects, bytes + moreBytes, failures + moreFailures);
  }
}
