package dev.sidewal.sqlite;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The running checksum of a write-ahead log: two 32-bit sums over pairs of words, in the byte order
 * that the log's magic names. It is serial by nature: each sum enters the next. Not safe for use by
 * several threads.
 *
 * @see <a href="https://www.sqlite.org/fileformat2.html#checksum_algorithm">SQLite file format,
 *     Checksum Algorithm</a>
 */
final class WalChecksum {

  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LITTLE =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private final boolean bigEndian;
  private int s1;
  private int s2;

  WalChecksum(boolean bigEndian, int s1, int s2) {
    this.bigEndian = bigEndian;
    this.s1 = s1;
    this.s2 = s2;
  }

  /** Adds bytes; {@code length} is a multiple of 8. */
  void update(byte[] bytes, int offset, int length) {
    int a = s1;
    int b = s2;
    int end = offset + length;
    if (bigEndian) {
      for (int i = offset; i < end; i += 8) {
        a += (int) BIG.get(bytes, i) + b;
        b += (int) BIG.get(bytes, i + 4) + a;
      }
    } else {
      for (int i = offset; i < end; i += 8) {
        a += (int) LITTLE.get(bytes, i) + b;
        b += (int) LITTLE.get(bytes, i + 4) + a;
      }
    }
    s1 = a;
    s2 = b;
  }

  boolean matches(int checksum1, int checksum2) {
    return s1 == checksum1 && s2 == checksum2;
  }

  int first() {
    return s1;
  }

  int second() {
    return s2;
  }
}
