package dev.sidewal.bench.writer;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Text such as people write, for compressors: some words are frequent and most are rare. */
final class Words {

  private static final int VOCABULARY = 4096;

  private final SplittableRandom random;
  private final byte[][] words = new byte[VOCABULARY][];

  Words(SplittableRandom random) {
    this.random = random;
    for (int i = 0; i < VOCABULARY; i++) {
      StringBuilder word = new StringBuilder();
      int length = 2 + random.nextInt(9);
      for (int j = 0; j < length; j++) {
        word.append((char) ('a' + random.nextInt(26)));
      }
      words[i] = word.append(' ').toString().getBytes(StandardCharsets.US_ASCII);
    }
  }

  /** Fills an array with words. */
  void fill(byte[] text) {
    int at = 0;
    while (at < text.length) {
      byte[] word = words[(int) (VOCABULARY * Math.pow(random.nextDouble(), 3))];
      int length = Math.min(word.length, text.length - at);
      System.arraycopy(word, 0, text, at, length);
      at += length;
    }
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
