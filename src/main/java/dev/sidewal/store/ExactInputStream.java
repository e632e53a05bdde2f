package dev.sidewal.store;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * A stream of exactly as many bytes as were announced: it ends after them whatever follows, and
 * fails when the source ends before. Closing it early gives the source up instead of reading the
 * rest.
 */
final class ExactInputStream extends InputStream {

  private final InputStream source;
  private final Runnable giveUp;
  private final String name;
  private final long announced;
  private long remaining;

  /**
   * Wraps a source.
   *
   * @param announced number of bytes
   * @param name the object, for messages
   * @param giveUp makes closing the source cheap; run before it when bytes are left
   */
  ExactInputStream(InputStream source, long announced, String name, Runnable giveUp) {
    this.source = source;
    this.announced = announced;
    this.remaining = announced;
    this.name = name;
    this.giveUp = giveUp;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (remaining == 0) {
      return -1;
    }
    int n;
    try {
      n = source.read(target, offset, (int) Math.min(length, remaining));
    } catch (IOException | RuntimeException e) {
      // The S3 client wraps some failures of the connection into exceptions of its own.
      throw new IOException(broken(), e);
    }
    if (n < 0) {
      throw new EOFException(broken());
    }
    remaining -= n;
    return n;
  }

  private String broken() {
    return "the stream of "
        + name
        + " broke after "
        + (announced - remaining)
        + " of "
        + announced
        + " bytes";
  }

  @Override
  public int available() throws IOException {
    return (int) Math.min(source.available(), remaining);
  }

  @Override
  public void close() throws IOException {
    if (remaining > 0) {
      remaining = 0;
      giveUp.run();
    }
    source.close();
  }
}
