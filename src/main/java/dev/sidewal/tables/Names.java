package dev.sidewal.tables;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Names of tables as SQLite compares them: without regard to the case of ASCII letters. */
public final class Names {

  private static final int NEAREST = 3;

  private Names() {}

  /** Returns whether SQLite takes two names for the same. */
  public static boolean same(String a, String b) {
    return fold(a).equals(fold(b));
  }

  /** Returns the form in which names that are the same are equal. */
  public static String fold(String name) {
    StringBuilder folded = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      folded.append(c >= 'A' && c <= 'Z' ? (char) (c + 32) : c);
    }
    return folded.toString();
  }

  /** Returns those names that look most like one, the nearest first; none if all are far. */
  public static List<String> nearest(String name, Stream<String> names) {
    String wanted = name.toLowerCase(Locale.ROOT);
    return names
        .filter(
            n -> distance(wanted, n.toLowerCase(Locale.ROOT)) <= Math.max(2, wanted.length() / 3))
        .sorted(
            Comparator.comparingInt((String n) -> distance(wanted, n.toLowerCase(Locale.ROOT)))
                .thenComparing(Comparator.naturalOrder()))
        .limit(NEAREST)
        .toList();
  }

  /** Returns how many letters must be put in, taken out or changed to make one of the other. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int corner = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = corner + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, Math.min(above, row[j - 1]) + 1);
        corner = above;
      }
    }
    return row[b.length()];
  }
}
