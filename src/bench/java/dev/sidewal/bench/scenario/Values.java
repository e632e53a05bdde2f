package dev.sidewal.bench.scenario;

/** What rows of a bulk load hold. */
public enum Values {
  /** Random bytes, which nothing compresses. */
  RANDOM("random", "random bytes"),
  /** Words, some frequent and most rare. */
  TEXT("text", "words");

  private final String word;
  private final String title;

  Values(String word, String title) {
    this.word = word;
    this.title = title;
  }

  /** Returns its name on command lines. */
  public String word() {
    return word;
  }

  /** Returns its name in headlines. */
  public String title() {
    return title;
  }
}
