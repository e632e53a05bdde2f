package dev.sidewal.agent;

import java.util.Objects;

/** Which version of Sidewal this is. */
public final class Version {

  private Version() {}

  /** Returns the version, from the jar's manifest. */
  public static String number() {
    return Objects.requireNonNullElse(
        Version.class.getPackage().getImplementationVersion(), "development");
  }

  /** Returns what stands as the writer in what is written. */
  static String writer() {
    return "sidewal " + number();
  }
}
