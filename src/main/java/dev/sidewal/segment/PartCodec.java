package dev.sidewal.segment;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.sidewal.segment.SegmentFormat.PartField;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Writes and reads the parts that have the same 16-byte header: blocks and index chunks. */
final class PartCodec {

  private PartCodec() {}

  /**
   * Compresses one part into {@code target}, header and all.
   *
   * @param target has room for {@link #bound} bytes
   * @return the bytes of the part
   */
  static int encode(ZstdCompressCtx zstd, int magic, byte[] raw, int rawLength, byte[] target) {
    int from = SegmentFormat.PART_HEADER_LENGTH;
    int stored = zstd.compressByteArray(target, from, target.length - from, raw, 0, rawLength);
    ByteBuffer out = ByteBuffer.wrap(target);
    out.putInt(PartField.MAGIC.at(), magic);
    out.putInt(PartField.STORED_LENGTH.at(), stored);
    out.putInt(PartField.RAW_LENGTH.at(), rawLength);
    out.putInt(PartField.CRC32C.at(), crc(target, 0, stored));
    return from + stored;
  }

  /** Returns the most bytes that a part of the given raw length can take. */
  static int bound(int rawLength) {
    return SegmentFormat.PART_HEADER_LENGTH + SegmentFormat.maxStored(rawLength);
  }

  /**
   * Checks the header and the CRC32C of a part that lies at {@code bytes[offset, offset + length)}.
   *
   * @param position where the part lies in the object, for messages
   */
  static void check(
      String name, int magic, long position, int rawLength, byte[] bytes, int offset, int length) {
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, length).slice();
    String part = describe(magic, position);
    if (in.getInt(PartField.MAGIC.at()) != magic) {
      throw Damage.damaged(name, part + " does not begin like one");
    }
    if (in.getInt(PartField.STORED_LENGTH.at()) != length - SegmentFormat.PART_HEADER_LENGTH
        || in.getInt(PartField.RAW_LENGTH.at()) != rawLength) {
      throw Damage.damaged(name, part + " has other lengths than the index says");
    }
    checkCrc(name, magic, position, bytes, offset, length);
  }

  /** Checks the CRC32C of a part. */
  static void checkCrc(
      String name, int magic, long position, byte[] bytes, int offset, int length) {
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, length).slice();
    if (in.getInt(PartField.CRC32C.at())
        != crc(bytes, offset, length - SegmentFormat.PART_HEADER_LENGTH)) {
      throw Damage.damaged(name, describe(magic, position) + " does not match its CRC32C");
    }
  }

  /** Decompresses a part that was checked; exactly {@code rawLength} bytes must come out. */
  static void decompress(
      String name,
      ZstdDecompressCtx zstd,
      int magic,
      long position,
      byte[] bytes,
      int offset,
      int length,
      byte[] target,
      int targetOffset,
      int rawLength) {
    int from = offset + SegmentFormat.PART_HEADER_LENGTH;
    int stored = length - SegmentFormat.PART_HEADER_LENGTH;
    long claimed = Zstd.getFrameContentSize(bytes, from, stored);
    if (claimed != rawLength) {
      throw Damage.damaged(
          name, describe(magic, position) + " does not say that it holds " + rawLength + " bytes");
    }
    int made;
    try {
      made = zstd.decompressByteArray(target, targetOffset, rawLength, bytes, from, stored);
    } catch (ZstdException e) {
      throw Damage.damaged(
          name, describe(magic, position) + " cannot be decompressed: " + e.getMessage(), e);
    }
    if (made != rawLength) {
      throw Damage.damaged(
          name, describe(magic, position) + " holds " + made + " bytes, not " + rawLength);
    }
  }

  private static String describe(int magic, long position) {
    return (magic == SegmentFormat.BLOCK_MAGIC ? "the block" : "the index chunk")
        + " at byte "
        + position;
  }

  private static int crc(byte[] bytes, int offset, int stored) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, PartField.CRC32C.at());
    crc.update(bytes, offset + SegmentFormat.PART_HEADER_LENGTH, stored);
    return (int) crc.getValue();
  }
}
