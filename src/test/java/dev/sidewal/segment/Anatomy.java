package dev.sidewal.segment;

import com.dynatrace.hash4j.hashing.Hashing;
import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Takes an object apart and puts it together again, written from {@code docs/format.md} with its
 * numbers spelled out: a second opinion on the format, and a forger whose objects have the right
 * checksums whatever else is wrong with them.
 */
final class Anatomy {

  /** A block or an index chunk. */
  static final class Part {
    boolean index;
    byte[] raw;

    /** Lies instead of the true lengths, if set. */
    Integer storedLength;

    Integer rawLength;
    byte[] stored;
    int offset;

    Part(boolean index, byte[] raw) {
      this.index = index;
      this.raw = raw;
    }
  }

  byte[] header;
  final List<Part> parts = new ArrayList<>();

  /** The footer: 32 bytes for each chunk, then 92. */
  byte[] footer;

  /** Whether offsets, lengths of the table and of BLOCK ops are left as they are when assembled. */
  Anatomy(byte[] object) {
    header = Arrays.copyOf(object, 68);
    ByteBuffer in = ByteBuffer.wrap(object);
    int footerLength = in.getInt(object.length - 12);
    footer = Arrays.copyOfRange(object, object.length - footerLength, object.length);
    int at = 68;
    while (at < object.length - footerLength) {
      int stored = in.getInt(at + 4);
      byte[] frame = Arrays.copyOfRange(object, at + 16, at + 16 + stored);
      byte[] raw = new byte[in.getInt(at + 8)];
      if (Zstd.decompressByteArray(raw, 0, raw.length, frame, 0, stored) != raw.length
          || crc(object, at, 12, at + 16, stored) != in.getInt(at + 12)) {
        throw new AssertionError("part at " + at);
      }
      Part part = new Part(in.getInt(at) == 0x53574958, raw);
      if (!part.index && in.getInt(at) != 0x5357424b) {
        throw new AssertionError("magic at " + at);
      }
      part.stored = frame;
      part.offset = at;
      parts.add(part);
      at += 16 + stored;
    }
  }

  /** Returns the n-th index chunk. */
  Part chunk(int n) {
    return parts.stream().filter(part -> part.index).skip(n).findFirst().orElseThrow();
  }

  ByteBuffer footerField(int at) {
    return ByteBuffer.wrap(footer, footer.length - 92 + at, 92 - at).slice();
  }

  ByteBuffer tableField(int chunk, int at) {
    return ByteBuffer.wrap(footer, chunk * 32 + at, 32 - at).slice();
  }

  /** Changes the raw bytes of a part; they are compressed anew when assembled. */
  void change(Part part, byte[] raw) {
    part.raw = raw;
    part.stored = Zstd.compress(raw, 3);
  }

  /** Puts the table's lengths and offsets right after index chunks changed their length. */
  void mendTable() {
    int at = 68;
    int chunk = 0;
    for (Part part : parts) {
      if (part.index) {
        tableField(chunk, 0).putLong(at);
        tableField(chunk, 8).putInt(16 + part.stored.length);
        chunk++;
      }
      at += 16 + part.stored.length;
    }
  }

  /** Returns the object with every CRC32C and the digest as they should be. */
  byte[] assemble() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer.wrap(header).putInt(64, crc(header, 0, 64, 0, 0));
    out.writeBytes(header);
    for (Part part : parts) {
      byte[] bytes = new byte[16 + part.stored.length];
      ByteBuffer to = ByteBuffer.wrap(bytes);
      to.putInt(0, part.index ? 0x53574958 : 0x5357424b);
      to.putInt(4, part.storedLength != null ? part.storedLength : part.stored.length);
      to.putInt(8, part.rawLength != null ? part.rawLength : part.raw.length);
      System.arraycopy(part.stored, 0, bytes, 16, part.stored.length);
      to.putInt(12, crc(bytes, 0, 12, 16, part.stored.length));
      out.writeBytes(bytes);
    }
    footerField(64).putLong(Hashing.xxh3_64().hashBytesToLong(out.toByteArray()));
    footerField(76).putInt(crc(footer, 0, footer.length - 92 + 76, 0, 0));
    out.writeBytes(footer);
    return out.toByteArray();
  }

  private static int crc(byte[] bytes, int at, int length, int at2, int length2) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, at, length);
    crc.update(bytes, at2, length2);
    return (int) crc.getValue();
  }
}
