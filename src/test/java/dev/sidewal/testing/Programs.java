package dev.sidewal.testing;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Programs of other makers that tests use where they are there. */
public final class Programs {

  private Programs() {}

  /** Returns whether Python is here, with its sqlite3 module. */
  public static boolean hasPython() {
    return succeeds("python3", "-c", "import sqlite3");
  }

  /** Skips the test, saying so, where there is no Python with SQLite. */
  public static void assumePython() {
    Assumptions.assumeTrue(
        hasPython(),
        "skipped: python3 with sqlite3, which writes the database in this test, is not there");
  }

  /** Skips the test, saying so, where there is no sqlite3 program. */
  public static void assumeSqlite3() {
    Assumptions.assumeTrue(
        succeeds("sqlite3", "-version"),
        "skipped: the sqlite3 program, which writes the database in this test, is not there");
  }

  private static boolean succeeds(String... command) {
    try {
      Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
      p.getInputStream().readAllBytes();
      return p.waitFor(30, TimeUnit.SECONDS) && p.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
