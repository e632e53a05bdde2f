package dev.sidewal.agent;

import dev.sidewal.replica.Position;
import dev.sidewal.sqlite.BaseHashes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The last snapshot that the store has, with the hashes of its pages: what deltas are made for, and
 * when the next images are due. Kept in the state directory, so that a restart goes on with it.
 *
 * <p>Invariant: the hashes make up the snapshot's database checksum, which is proved when they are
 * opened. Not safe for use by several threads.
 */
final class SnapshotBase implements AutoCloseable {

  /**
   * What is known of the snapshot and of the images since.
   *
   * @param replicaId the replica that has it
   * @param position its transaction
   * @param pages the database's size in pages
   * @param pageSize bytes a page
   * @param bytes the object's length
   * @param taken when it was taken
   * @param table the number of the file with the hashes
   * @param lastImageTxid the transaction of the last image on it, which is its own if there is none
   * @param lastImageTaken when that was taken
   * @param deltaBytes that image's length if it is a delta, else 0
   */
  record Facts(
      UUID replicaId,
      Position position,
      long pages,
      int pageSize,
      long bytes,
      Instant taken,
      long table,
      long lastImageTxid,
      Instant lastImageTaken,
      long deltaBytes) {

    Facts withDelta(long txid, Instant when, long length) {
      return new Facts(
          replicaId, position, pages, pageSize, bytes, taken, table, txid, when, length);
    }
  }

  private static final int MAGIC = 0x53574231;
  private static final int LENGTH = 128;
  private static final int CRC_AT = LENGTH - Integer.BYTES;
  private static final String FACTS = "base";

  private final Path directory;
  private final BaseHashes hashes;
  private Facts facts;

  private SnapshotBase(Path directory, Facts facts, BaseHashes hashes) {
    this.directory = directory;
    this.facts = facts;
    this.hashes = hashes;
  }

  /** Returns the file for a table of hashes. */
  static Path table(Path directory, long number) {
    return directory.resolve("base-" + number + ".hash");
  }

  /** Writes down that the store has a new snapshot. */
  static SnapshotBase create(Path directory, Facts facts, BaseHashes hashes) throws IOException {
    SnapshotBase base = new SnapshotBase(directory, facts, hashes);
    base.write(facts);
    return base;
  }

  /**
   * Opens what an earlier run left.
   *
   * @return empty if there is nothing, or not what was written
   */
  static Optional<SnapshotBase> open(Path directory, UUID replicaId, int pageSize)
      throws IOException {
    Optional<Facts> facts;
    try {
      facts = parse(Files.readAllBytes(directory.resolve(FACTS)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (facts.isEmpty()
        || !facts.get().replicaId().equals(replicaId)
        || facts.get().pageSize() != pageSize) {
      return Optional.empty();
    }
    Facts f = facts.get();
    BaseHashes hashes;
    try {
      hashes = BaseHashes.reopen(table(directory, f.table()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (hashes.checksum(f.pages(), pageSize) != f.position().checksum()) {
      hashes.close();
      return Optional.empty();
    }
    return Optional.of(new SnapshotBase(directory, f, hashes));
  }

  /** Forgets what is known, for the next snapshot begins a new history. */
  static void forget(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve(FACTS));
  }

  Facts facts() {
    return facts;
  }

  long txid() {
    return facts.position().txid();
  }

  long pages() {
    return facts.pages();
  }

  /** Returns the hash of a page in the snapshot; 0 if the page is not in it. */
  long hashOf(long page) {
    return page <= facts.pages() ? hashes.hashOf(page) : 0;
  }

  /** Writes down that the store has a delta on it. */
  void addDelta(long txid, Instant when, long length) throws IOException {
    write(facts.withDelta(txid, when, length));
  }

  private void write(Facts next) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(LENGTH);
    b.putInt(MAGIC);
    b.putLong(next.replicaId.getMostSignificantBits());
    b.putLong(next.replicaId.getLeastSignificantBits());
    b.putLong(next.position.generation()).putLong(next.position.txid());
    b.putLong(next.position.checksum()).putLong(next.pages).putInt(next.pageSize);
    b.putLong(next.bytes).putLong(next.taken.toEpochMilli()).putLong(next.table);
    b.putLong(next.lastImageTxid).putLong(next.lastImageTaken.toEpochMilli());
    b.putLong(next.deltaBytes);
    b.putInt(CRC_AT, crc(b.array()));
    Path temporary = directory.resolve(FACTS + ".new");
    Files.write(temporary, b.array());
    Files.move(
        temporary,
        directory.resolve(FACTS),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    facts = next;
  }

  private static Optional<Facts> parse(byte[] bytes) {
    ByteBuffer b = ByteBuffer.wrap(bytes);
    if (bytes.length != LENGTH || b.getInt() != MAGIC || b.getInt(CRC_AT) != crc(bytes)) {
      return Optional.empty();
    }
    return Optional.of(
        new Facts(
            new UUID(b.getLong(), b.getLong()),
            new Position(b.getLong(), b.getLong(), b.getLong()),
            b.getLong(),
            b.getInt(),
            b.getLong(),
            Instant.ofEpochMilli(b.getLong()),
            b.getLong(),
            b.getLong(),
            Instant.ofEpochMilli(b.getLong()),
            b.getLong()));
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, CRC_AT);
    return (int) crc.getValue();
  }

  @Override
  public void close() {
    hashes.close();
  }
}
