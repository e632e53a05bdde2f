package dev.sidewal.config;

import java.util.Collection;
import java.util.Optional;
import java.util.TreeSet;

/** Finds the name that somebody who wrote another one has probably meant. */
public final class NearestName {

  /** So many letters of a name may be wrong, at most; of a short one fewer. */
  private static final int MOST_WRONG = 3;

  private NearestName() {}

  /** Returns the nearest of the names, if one is near enough to be a misspelling. */
  public static Optional<String> of(String written, Collection<String> names) {
    int allowed = Math.min(MOST_WRONG, Math.max(1, written.length() / 3));
    int least = allowed + 1;
    String nearest = "";
    if (written.length() > 100) {
      return Optional.empty();
    }
    for (String name : new TreeSet<>(names)) {
      int distance = distance(written, name);
      if (distance < least) {
        least = distance;
        nearest = name;
      }
    }
    return nearest.isEmpty() ? Optional.empty() : Optional.of(nearest);
  }

  /** Counts letters to insert, to remove, to replace, or to swap with their neighbour. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + replaced, Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
