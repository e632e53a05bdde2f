package dev.sidewal.testing;

import dev.sidewal.store.Payload;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * Random bytes that are made while they are read, so that no test holds a large object.
 *
 * @param seed decides the bytes
 * @param length number of bytes
 */
public record GeneratedPayload(long seed, long length) implements Payload {

  @Override
  public InputStream open() {
    return new InputStream() {
      private final SplittableRandom random = new SplittableRandom(seed);
      private long remaining = length;

      @Override
      public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int count) {
        if (remaining == 0) {
          return -1;
        }
        int n = (int) Math.min(count, remaining);
        for (int i = 0; i < n; i++) {
          target[offset + i] = (byte) random.nextInt();
        }
        remaining -= n;
        return n;
      }
    };
  }

  /** Returns the CRC-32C of the whole. */
  public long crc() {
    return crc(open());
  }

  /** Reads a stream to its end and returns its CRC-32C. */
  public static long crc(InputStream stream) {
    CRC32C crc = new CRC32C();
    byte[] buffer = new byte[1 << 16];
    try (stream) {
      for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
        crc.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return crc.getValue();
  }
}
