package dev.sidewal.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The first line and the header fields of an HTTP/1.1 message, as they came.
 *
 * @param first the request line or status line
 * @param fields the header lines
 */
record HttpHead(String first, List<String> fields) {

  private static final int MAX_BYTES = 1 << 17;

  /** Reads a head with the empty line behind it; empty if the stream has ended before it. */
  static Optional<HttpHead> read(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int newlines = 0;
    while (newlines < 2) {
      int b = in.read();
      if (b < 0) {
        if (bytes.size() == 0) {
          return Optional.empty();
        }
        throw new EOFException("the connection ended within a head");
      }
      if (bytes.size() > MAX_BYTES) {
        throw new IOException("a head of more than " + MAX_BYTES + " bytes");
      }
      bytes.write(b);
      newlines = b == '\n' ? newlines + 1 : b == '\r' ? newlines : 0;
    }
    List<String> lines = bytes.toString(ISO_8859_1).stripTrailing().lines().toList();
    return Optional.of(new HttpHead(lines.get(0), lines.subList(1, lines.size())));
  }

  /** Returns a word of the first line. */
  String word(int index) {
    return first.split(" ", 3)[index];
  }

  /** Returns the value of a field. */
  Optional<String> field(String name) {
    return fields.stream()
        .filter(f -> f.regionMatches(true, 0, name + ":", 0, name.length() + 1))
        .map(f -> f.substring(name.length() + 1).strip())
        .findFirst();
  }

  /** Returns whether a field has this value, in whatever case. */
  boolean says(String name, String value) {
    return field(name).filter(v -> v.toLowerCase(Locale.ROOT).equals(value)).isPresent();
  }

  /** Returns the head without a field. */
  HttpHead without(String name) {
    return new HttpHead(
        first,
        fields.stream()
            .filter(f -> !f.regionMatches(true, 0, name + ":", 0, name.length() + 1))
            .toList());
  }

  /** Returns the bytes to send. */
  byte[] bytes() {
    StringBuilder head = new StringBuilder(first).append("\r\n");
    fields.forEach(f -> head.append(f).append("\r\n"));
    return head.append("\r\n").toString().getBytes(ISO_8859_1);
  }
}
