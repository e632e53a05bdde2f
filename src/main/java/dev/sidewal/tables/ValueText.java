package dev.sidewal.tables;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Values as SQL text that gives the same value again.
 *
 * <p>Text that the {@code sqlite3} program would change on its way stands for itself otherwise: a
 * carriage return (dropped at the end of a line) as a mark that is replaced, and what no literal
 * can hold (NUL and other control characters, bytes that are not valid) as a BLOB that is cast; a
 * cast takes the bytes as they are, in the encoding of the database.
 */
final class ValueText {

  /** What is longer than this is not looked at whole: it is written as bytes, in pieces. */
  static final int LARGE = 4 << 20;

  private static final int PLAIN = 0;
  private static final int RETURNS = 1;
  private static final int RAW = 2;

  private final SqlWriter out;
  private final Charset encoding;

  /**
   * Writes to a writer.
   *
   * @param encoding the encoding of the database
   */
  ValueText(SqlWriter out, Charset encoding) {
    this.out = out;
    this.encoding = encoding;
  }

  /** Writes the bytes of a BLOB. */
  void blob(byte[] bytes) throws IOException {
    out.open("X'");
    out.hex(bytes);
    out.close("'");
  }

  /** Writes text that is given as its bytes in the encoding of the database. */
  void text(byte[] stored) throws IOException {
    byte[] utf8 = stored;
    int kind;
    if (encoding.equals(StandardCharsets.UTF_8)) {
      kind = kind(stored);
    } else {
      try {
        String decoded = encoding.newDecoder().decode(ByteBuffer.wrap(stored)).toString();
        utf8 = decoded.getBytes(StandardCharsets.UTF_8);
        // SQLite makes another character of these two when it converts.
        kind = decoded.indexOf('\uFFFE') >= 0 || decoded.indexOf('\uFFFF') >= 0 ? RAW : kind(utf8);
      } catch (CharacterCodingException e) {
        kind = RAW;
      }
    }
    switch (kind) {
      case PLAIN -> literal(utf8);
      case RETURNS -> withReturns(utf8);
      default -> {
        out.open("CAST(X'");
        out.hex(stored);
        out.close("' AS TEXT)");
      }
    }
  }

  /** How a text in UTF-8 can be written. */
  private static int kind(byte[] s) {
    int kind = PLAIN;
    for (int i = 0; i < s.length; ) {
      int b = s[i];
      if (b >= 0x20) {
        i++;
      } else if (b >= 0) {
        if (b == '\r') {
          kind = RETURNS;
        } else if (b != '\n' && b != '\t') {
          return RAW;
        }
        i++;
      } else {
        int length = sequence(s, i);
        if (length == 0) {
          return RAW;
        }
        i += length;
      }
    }
    return kind;
  }

  /** The length of the sequence of several bytes at a place; 0 if it is not valid. */
  private static int sequence(byte[] s, int at) {
    int first = s[at] & 0xFF;
    int length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || at + length > s.length) {
      return 0;
    }
    for (int i = 1; i < length; i++) {
      if ((s[at + i] & 0xC0) != 0x80) {
        return 0;
      }
    }
    int second = s[at + 1] & 0xFF;
    boolean valid =
        switch (first) {
          case 0xE0 -> second >= 0xA0; // overlong
          case 0xED -> second < 0xA0; // surrogates
          case 0xF0 -> second >= 0x90; // overlong
          case 0xF4 -> second < 0x90; // beyond U+10FFFF
          default -> true;
        };
    return valid ? length : 0;
  }

  private void literal(byte[] utf8) throws IOException {
    out.open("'");
    quoted(utf8, "");
    out.close("'");
  }

  /** Writes bytes with quotes doubled, and a mark in the place of each carriage return. */
  private void quoted(byte[] utf8, String mark) throws IOException {
    int from = 0;
    for (int i = 0; i < utf8.length; i++) {
      if (utf8[i] == '\'') {
        out.bytes(utf8, from, i + 1 - from);
        from = i;
      } else if (utf8[i] == '\r') {
        out.bytes(utf8, from, i - from).ascii(mark);
        from = i + 1;
      }
    }
    out.bytes(utf8, from, utf8.length - from);
  }

  private void withReturns(byte[] utf8) throws IOException {
    // It begins with the only backslash that it has, so it occurs nowhere but where it is put.
    String mark = "\\r";
    String whole = new String(utf8, StandardCharsets.UTF_8);
    for (int i = 0; whole.contains(mark); i++) {
      mark = "\\r" + i + ";";
    }
    out.open("replace('");
    quoted(utf8, mark);
    out.close("','");
    out.ascii(mark).ascii("',char(13))");
  }
}
