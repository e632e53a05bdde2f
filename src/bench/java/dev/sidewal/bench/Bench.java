package dev.sidewal.bench;

/** The entry point of {@code deploy/bench}. */
public final class Bench {

  private Bench() {}

  /** Runs what the arguments say. */
  public static void main(String[] arguments) {
    System.out.println("nothing to measure yet");
  }
}
