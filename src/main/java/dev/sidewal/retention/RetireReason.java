package dev.sidewal.retention;

/** Why an object is not needed any more. */
public enum RetireReason {
  /** A segment whose every transaction is in a pack of its generation. */
  COVERED("a pack holds all of it", false),
  /** A newer delta of the same hour is there. */
  THINNED("a newer delta of its hour is there", true),
  /** A snapshot that is older than its tier. */
  OLD_SNAPSHOT("a snapshot that no tier keeps any more", true),
  /** A delta that is older than its tier. */
  OLD_DELTA("a delta that no tier keeps any more", true),
  /** Every transaction in it is older than the window. */
  OLD_LOG("its transactions are older than the window", true),
  /** Older than the window, and its base is not there. */
  BASELESS("a delta without its snapshot", true),
  /** Older than the window, and a newer generation fenced all of it. */
  FENCED("fenced by a newer generation", false),
  /** A higher mark is there. */
  OLD_MARK("a higher mark is there", false),
  /** Nothing else is left of its generation and the older ones. */
  EMPTY_CLAIM("the claim of a generation of which nothing is left", false);

  private final String text;
  private final boolean needsImage;

  RetireReason(String text, boolean needsImage) {
    this.text = text;
    this.needsImage = needsImage;
  }

  /** Returns the reason for people. */
  public String text() {
    return text;
  }

  /**
   * Returns whether a mark must be there before: without it, the transactions that go would look
   * lost if an older image stays.
   */
  public boolean needsMark() {
    return needsImage && this != THINNED;
  }

  /** Returns whether it holds only if the image that the window begins with is whole. */
  public boolean needsImage() {
    return needsImage;
  }
}
