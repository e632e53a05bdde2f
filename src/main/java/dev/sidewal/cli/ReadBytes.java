package dev.sidewal.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Tells now and then how many bytes this process has read since: SQLite does not say how far a
 * check is. Where the system does not say it either, it tells 0.
 */
final class ReadBytes {

  private static final Path ACCOUNT = Path.of("/proc/self/io");
  private static final long INTERVAL_NANOS = 100_000_000;

  private final LongConsumer told;
  private final long begin;
  private long last;

  ReadBytes(LongConsumer told) {
    this.told = told;
    this.begin = now();
    this.last = System.nanoTime();
  }

  /** Is called as often as one likes. */
  void step() {
    long time = System.nanoTime();
    if (time - last >= INTERVAL_NANOS) {
      last = time;
      told.accept(now() - begin);
    }
  }

  private static long now() {
    try {
      for (String line : Files.readAllLines(ACCOUNT)) {
        if (line.startsWith("rchar: ")) {
          return Long.parseLong(line.substring("rchar: ".length()));
        }
      }
    } catch (IOException notLinux) {
      // Nothing is lost but the number.
    }
    return 0;
  }
}
