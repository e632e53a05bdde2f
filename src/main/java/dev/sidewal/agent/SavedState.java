package dev.sidewal.agent;

import dev.sidewal.replica.Position;
import dev.sidewal.sqlite.FileStamp;
import dev.sidewal.sqlite.FollowMark;
import dev.sidewal.sqlite.WalHeader;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What a run of the agent knows at one moment, in enough detail for the next run to go on from it.
 *
 * @param sequence the number of this state, one more than that of the one before
 * @param replicaId the replica that it is about
 * @param position the last transaction that is safe: in the store, or complete in the spool
 * @param time that transaction's time
 * @param tables the number of the directory that has the page tables
 * @param mark where in the database's log that is
 */
record SavedState(
    long sequence, UUID replicaId, Position position, Instant time, long tables, FollowMark mark) {

  /** Bytes that one state takes in the file. */
  static final int LENGTH = 256;

  private static final int MAGIC = 0x53574c31;
  private static final int CRC_AT = LENGTH - Integer.BYTES;

  byte[] toBytes() {
    ByteBuffer b = ByteBuffer.allocate(LENGTH);
    b.putInt(MAGIC).putLong(sequence);
    b.putLong(replicaId.getMostSignificantBits()).putLong(replicaId.getLeastSignificantBits());
    b.putLong(position.generation()).putLong(position.txid()).putLong(position.checksum());
    b.putLong(time.toEpochMilli()).putLong(tables);
    b.putInt(mark.pageSize()).putLong(mark.pages()).putLong(mark.checksum());
    b.put((byte) (mark.epoch().isPresent() ? 1 : 0));
    WalHeader h = mark.epoch().orElse(new WalHeader(false, mark.pageSize(), 0, 0, 0, 0, 0));
    b.put((byte) (h.bigEndianChecksums() ? 1 : 0)).putInt(h.pageSize()).putInt(h.sequence());
    b.putInt(h.salt1()).putInt(h.salt2()).putInt(h.checksum1()).putInt(h.checksum2());
    b.putLong(mark.frame()).putInt(mark.checksum1()).putInt(mark.checksum2());
    b.put((byte) (mark.sealed() ? 1 : 0));
    FileStamp f = mark.file();
    b.putLong(f.inode()).putLong(f.born()).putLong(f.bytes()).putLong(f.changed());
    b.putInt(CRC_AT, crc(b.array()));
    return b.array();
  }

  /** Reads a state; empty if it was not written completely, or never. */
  static Optional<SavedState> parse(byte[] bytes) {
    ByteBuffer b = ByteBuffer.wrap(bytes);
    if (bytes.length != LENGTH || b.getInt() != MAGIC || b.getInt(CRC_AT) != crc(bytes)) {
      return Optional.empty();
    }
    try {
      long sequence = b.getLong();
      UUID replicaId = new UUID(b.getLong(), b.getLong());
      Position position = new Position(b.getLong(), b.getLong(), b.getLong());
      Instant time = Instant.ofEpochMilli(b.getLong());
      long tables = b.getLong();
      int pageSize = b.getInt();
      long pages = b.getLong();
      long checksum = b.getLong();
      boolean hasEpoch = b.get() != 0;
      WalHeader header =
          new WalHeader(
              b.get() != 0, b.getInt(), b.getInt(), b.getInt(), b.getInt(), b.getInt(), b.getInt());
      long frame = b.getLong();
      int checksum1 = b.getInt();
      int checksum2 = b.getInt();
      boolean sealed = b.get() != 0;
      FileStamp file = new FileStamp(b.getLong(), b.getLong(), b.getLong(), b.getLong());
      return Optional.of(
          new SavedState(
              sequence,
              replicaId,
              position,
              time,
              tables,
              new FollowMark(
                  pageSize,
                  pages,
                  checksum,
                  hasEpoch ? Optional.of(header) : Optional.empty(),
                  frame,
                  checksum1,
                  checksum2,
                  sealed,
                  file)));
    } catch (IllegalArgumentException | BufferUnderflowException e) {
      return Optional.empty();
    }
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, CRC_AT);
    return (int) crc.getValue();
  }
}
