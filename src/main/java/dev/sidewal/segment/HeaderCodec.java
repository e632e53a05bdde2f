package dev.sidewal.segment;

import dev.sidewal.segment.SegmentFormat.HeaderField;
import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Writes and reads the header of an object. */
final class HeaderCodec {

  private HeaderCodec() {}

  static byte[] encode(SegmentHeader header) {
    byte[] bytes = new byte[SegmentFormat.HEADER_LENGTH];
    ByteBuffer out = ByteBuffer.wrap(bytes);
    out.putLong(HeaderField.MAGIC.at(), SegmentFormat.MAGIC);
    out.putShort(HeaderField.VERSION.at(), (short) SegmentFormat.version(header.kind()));
    out.put(HeaderField.KIND.at(), (byte) header.kind().code());
    out.putInt(HeaderField.PAGE_SIZE.at(), header.pageSize());
    out.putLong(HeaderField.REPLICA_ID.at(), header.replicaId().getMostSignificantBits());
    out.putLong(HeaderField.REPLICA_ID.at() + 8, header.replicaId().getLeastSignificantBits());
    out.putInt(HeaderField.GENERATION.at(), (int) header.generation());
    out.putLong(HeaderField.FIRST_TXID.at(), header.firstTxid());
    out.putLong(HeaderField.BASE_PAGES.at(), header.basePages());
    out.putLong(HeaderField.BASE_CHECKSUM.at(), header.baseChecksum());
    out.putInt(HeaderField.CRC32C.at(), crc(bytes, 0));
    return bytes;
  }

  /** Reads the header at the given offset of {@code bytes}; {@code name} is for messages. */
  static SegmentHeader decode(String name, byte[] bytes, int offset) {
    ByteBuffer in = ByteBuffer.wrap(bytes, offset, SegmentFormat.HEADER_LENGTH).slice();
    if (in.getLong(HeaderField.MAGIC.at()) != SegmentFormat.MAGIC) {
      throw Damage.damaged(name, "it does not begin like an object of Sidewal");
    }
    if (in.getInt(HeaderField.CRC32C.at()) != crc(bytes, offset)) {
      throw Damage.damaged(name, "its header does not match its CRC32C");
    }
    int version = version(bytes, offset);
    if (version == 0) {
      throw Damage.damaged(name, "its header has format version 0");
    }
    if (version > SegmentFormat.VERSION) {
      throw Damage.unsupported(name, "format version " + version);
    }
    int code = Byte.toUnsignedInt(in.get(HeaderField.KIND.at()));
    ObjectKind kind =
        ObjectKind.ofCode(code)
            .orElseThrow(() -> Damage.unsupported(name, "object kind number " + code));
    if (in.get(HeaderField.RESERVED_1.at()) != 0 || in.getInt(HeaderField.RESERVED_2.at()) != 0) {
      throw Damage.damaged(name, "reserved bytes of its header are not zero");
    }
    try {
      SegmentHeader header =
          new SegmentHeader(
              kind,
              new UUID(
                  in.getLong(HeaderField.REPLICA_ID.at()),
                  in.getLong(HeaderField.REPLICA_ID.at() + 8)),
              Integer.toUnsignedLong(in.getInt(HeaderField.GENERATION.at())),
              in.getInt(HeaderField.PAGE_SIZE.at()),
              in.getLong(HeaderField.FIRST_TXID.at()),
              in.getLong(HeaderField.BASE_PAGES.at()),
              in.getLong(HeaderField.BASE_CHECKSUM.at()));
      if (kind == ObjectKind.SNAPSHOT && (header.basePages() | header.baseChecksum()) != 0) {
        throw Damage.damaged(name, "it is a snapshot, yet its header names a base");
      }
      return header;
    } catch (IllegalArgumentException e) {
      throw Damage.damaged(name, "its header is absurd: " + e.getMessage(), e);
    }
  }

  /** Returns the format version that a header names. */
  static int version(byte[] bytes, int offset) {
    return Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(offset + HeaderField.VERSION.at()));
  }

  private static int crc(byte[] bytes, int offset) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, HeaderField.CRC32C.at());
    return (int) crc.getValue();
  }
}
