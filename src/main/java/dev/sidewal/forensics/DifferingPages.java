package dev.sidewal.forensics;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Which pages of two files are not the same; so tables in which nothing changed need not be
 * compared row by row. If a table has the same root page in both, and every page of its tree in the
 * one file is the same in the other, the tree is the same: a tree names its pages itself.
 */
final class DifferingPages {

  private static final int CHUNK = 1 << 20;

  private final BitSet changed;
  private final boolean comparable;

  private DifferingPages(BitSet changed, boolean comparable) {
    this.changed = changed;
    this.comparable = comparable;
  }

  /** Compares two files page by page; with pages of another size nothing is known. */
  static DifferingPages of(Path from, Path to, int fromPageSize, int toPageSize)
      throws IOException {
    BitSet changed = new BitSet();
    if (fromPageSize != toPageSize || Files.size(to) / toPageSize > Integer.MAX_VALUE - 1) {
      return new DifferingPages(changed, false);
    }
    byte[] a = new byte[CHUNK];
    byte[] b = new byte[CHUNK];
    int page = 0;
    try (InputStream before = Files.newInputStream(from);
        InputStream after = Files.newInputStream(to)) {
      while (true) {
        int n = before.readNBytes(a, 0, CHUNK);
        int m = after.readNBytes(b, 0, CHUNK);
        if (m == 0) {
          return new DifferingPages(changed, true);
        }
        boolean same = n == m && Arrays.equals(a, b);
        for (int i = 0; i < m; i += toPageSize, page++) {
          int end = i + toPageSize;
          if (!same && (end > n || !Arrays.equals(a, i, end, b, i, end))) {
            changed.set(page);
          }
        }
      }
    }
  }

  /** Returns whether a table is proved to be the same in both schemas of a connection. */
  boolean isSame(Connection connection, String table, String later) throws SQLException {
    if (!comparable) {
      return false;
    }
    long root = 0;
    try (PreparedStatement s =
        connection.prepareStatement(
            "SELECT a.rootpage FROM main.sqlite_schema AS a JOIN "
                + later
                + ".sqlite_schema AS b ON a.name = b.name AND a.type = b.type AND a.sql = b.sql"
                + " AND a.rootpage = b.rootpage WHERE a.type = 'table' AND a.name = ?")) {
      s.setString(1, table);
      try (ResultSet r = s.executeQuery()) {
        root = r.next() ? r.getLong(1) : 0;
      }
    }
    if (root == 0 || changed.get((int) (root - 1))) {
      return false;
    }
    try (PreparedStatement s =
        connection.prepareStatement(
            "SELECT pageno FROM dbstat WHERE schema = '" + later + "' AND name = ?")) {
      s.setString(1, table);
      try (ResultSet r = s.executeQuery()) {
        boolean any = false;
        while (r.next()) {
          any = true;
          if (changed.get((int) (r.getLong(1) - 1))) {
            return false;
          }
        }
        return any;
      }
    }
  }
}
