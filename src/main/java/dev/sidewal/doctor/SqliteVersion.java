package dev.sidewal.doctor;

import java.time.LocalDate;
import java.util.Locale;

/**
 * The facts about the WAL-reset bug: SQLite 3.7.0 to 3.51.2 have it, apart from 3.44.6 and 3.50.7,
 * to which the mending was brought back. 3.52.0 (2026-03-06, withdrawn) was the first release
 * without it.
 *
 * @see <a href="https://sqlite.org/wal.html#walresetbug">the WAL-reset bug</a>
 */
final class SqliteVersion {

  private static final int FIRST_WITH_LOG = 3_007_000;
  private static final int LAST_AFFECTED = 3_051_002;

  /** No release from this day on has the bug, whatever its number. */
  private static final LocalDate MENDED = LocalDate.of(2026, 3, 6);

  private SqliteVersion() {}

  /** Returns whether a release has the bug, by its number such as 3040001. */
  static boolean isAffected(int number) {
    boolean mendedBranch =
        (number / 1000 == 3_044 && number % 1000 >= 6)
            || (number / 1000 == 3_050 && number % 1000 >= 7);
    return number >= FIRST_WITH_LOG && number <= LAST_AFFECTED && !mendedBranch;
  }

  /** Returns whether a build of a day has the bug, by the date in its source id. */
  static boolean isAffected(LocalDate source) {
    return source.isBefore(MENDED) && !source.isBefore(LocalDate.of(2010, 7, 21));
  }

  /** Returns the number as people write it. */
  static String text(int number) {
    return String.format(
        Locale.ROOT, "%d.%d.%d", number / 1_000_000, number / 1000 % 1000, number % 1000);
  }
}
