package dev.sidewal.tables;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Collects SQL text as bytes and hands it on in pieces. Not safe for use by several threads.
 *
 * <p>Invariant: it knows whether a string literal is open, so that a text that must end early can
 * end in order.
 */
final class SqlWriter {

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final int SIZE = 1 << 16;

  private final OutputStream out;
  private final byte[] buffer = new byte[SIZE];
  private int used;
  private long handedOn;
  private boolean inLiteral;
  private boolean inStatement;

  SqlWriter(OutputStream out) {
    this.out = out;
  }

  /** Writes text that has only ASCII characters. */
  @SuppressWarnings("deprecation") // The quickest way for what is known to be ASCII.
  SqlWriter ascii(String text) throws IOException {
    int length = text.length();
    if (length > SIZE - used) {
      return bytes(text.getBytes(StandardCharsets.US_ASCII));
    }
    text.getBytes(0, length, buffer, used);
    used += length;
    return this;
  }

  /** Writes text. */
  SqlWriter text(String text) throws IOException {
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes bytes as they are. */
  SqlWriter bytes(byte[] bytes) throws IOException {
    return bytes(bytes, 0, bytes.length);
  }

  /** Writes bytes as they are. */
  SqlWriter bytes(byte[] bytes, int from, int count) throws IOException {
    if (count > SIZE - used) {
      handOn();
      if (count > SIZE) {
        out.write(bytes, from, count);
        handedOn += count;
        return this;
      }
    }
    System.arraycopy(bytes, from, buffer, used, count);
    used += count;
    return this;
  }

  /** Writes two digits for each byte. */
  void hex(byte[] bytes) throws IOException {
    for (int i = 0; i < bytes.length; ) {
      if (SIZE - used < 2) {
        handOn();
      }
      int n = Math.min(bytes.length - i, (SIZE - used) / 2);
      for (int end = i + n; i < end; i++) {
        buffer[used++] = HEX[bytes[i] >> 4 & 15];
        buffer[used++] = HEX[bytes[i] & 15];
      }
    }
  }

  /** Begins a literal: what follows is within quotes. */
  void open(String prefix) throws IOException {
    ascii(prefix);
    inLiteral = true;
  }

  /** Ends a literal. */
  void close(String suffix) throws IOException {
    ascii(suffix);
    inLiteral = false;
  }

  /** Says that what follows is part of a statement until {@link #end}. */
  void begin() {
    inStatement = true;
  }

  /** Says that the statement is complete. */
  void end() {
    inStatement = false;
  }

  /** Ends what is open, so that the next statement is read as one. What is open does not load. */
  void breakOff() throws IOException {
    if (inLiteral) {
      ascii("'");
    }
    if (inStatement) {
      ascii(" incomplete;\n");
    }
    inLiteral = false;
    inStatement = false;
  }

  /** Returns how many bytes were written. */
  long count() {
    return handedOn + used;
  }

  /** Hands everything on. */
  void flush() throws IOException {
    handOn();
    out.flush();
  }

  private void handOn() throws IOException {
    int n = used;
    used = 0;
    handedOn += n;
    out.write(buffer, 0, n);
  }
}
