package dev.sidewal.cli;

import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.Position;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.PageHash;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A replica in a directory that is written with the production writer from real database files: one
 * generation with a snapshot at the first state and a segment for each later one.
 */
final class TestReplica {

  static final int PAGE = 4096;
  static final UUID ID = new UUID(0x1234L, 0x5678L);
  static final Instant FIRST = Instant.parse("2026-11-21T10:00:00.250Z");

  private final Path dir;
  private final List<byte[]> states = new ArrayList<>();
  private final List<HistoryObject> objects = new ArrayList<>();

  private TestReplica(Path dir) {
    this.dir = dir;
  }

  /** Writes a replica with so many transactions, ten minutes apart, each adding a large row. */
  static TestReplica write(Path dir, int transactions) throws IOException, SQLException {
    TestReplica replica = new TestReplica(dir.resolve("replica"));
    Path database = dir.resolve("source.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA page_size=" + PAGE);
      statement.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, value TEXT)");
      replica.states.add(Files.readAllBytes(database));
      for (int i = 2; i <= transactions; i++) {
        statement.execute("INSERT INTO t(value) VALUES(hex(zeroblob(2500)))");
        replica.states.add(Files.readAllBytes(database));
      }
    }
    replica.put(
        Generations.manifestKey(1),
        new GenerationManifest(
                ID,
                1,
                new UUID(9, 9),
                FIRST.minusSeconds(1),
                PAGE,
                "sidewal test",
                Optional.<Position>empty(),
                false)
            .toBytes());
    for (int txid = 1; txid <= transactions; txid++) {
      replica.writeObject(txid);
    }
    return replica;
  }

  private void writeObject(int txid) throws IOException {
    byte[] before = txid == 1 ? new byte[0] : state(txid - 1);
    byte[] after = state(txid);
    HistoryObject name =
        txid == 1
            ? HistoryObject.snapshot(1, 1, time(1))
            : HistoryObject.segment(1, txid, txid, time(txid), time(txid));
    SegmentHeader header =
        new SegmentHeader(
            name.kind(), ID, 1, PAGE, txid, before.length / PAGE, txid == 1 ? 0 : checksum(before));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (SegmentWriter writer = new SegmentWriter(header, out, SegmentWriterOptions.DEFAULT)) {
      int frames = 0;
      for (int page = 0; page < after.length / PAGE; page++) {
        if (changed(before, after, page)) {
          writer.page(page + 1, after, page * PAGE);
          frames++;
        }
      }
      writer.commit(
          new Transaction(
              txid, time(txid), frames, frames, after.length / PAGE, checksum(after), false));
      writer.finish();
    }
    objects.add(name);
    put(name.key(), out.toByteArray());
  }

  private static boolean changed(byte[] before, byte[] after, int page) {
    int from = page * PAGE;
    return from >= before.length
        || !Arrays.equals(before, from, from + PAGE, after, from, from + PAGE);
  }

  private void put(String key, byte[] bytes) throws IOException {
    Path file = dir.resolve(key);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  /** Returns the database checksum of a whole file. */
  static long checksum(byte[] database) {
    long checksum = 0;
    for (int page = 0; page < database.length / PAGE; page++) {
      checksum ^= PageHash.hash(page + 1, database, page * PAGE, PAGE);
    }
    return checksum;
  }

  /** Returns the replica's URL. */
  String url() {
    return "file://" + dir.toAbsolutePath();
  }

  /** Returns the replica's directory. */
  Path dir() {
    return dir;
  }

  /** Returns the database as of a transaction. */
  byte[] state(int txid) {
    return states.get(txid - 1);
  }

  /** Returns when a transaction was seen. */
  static Instant time(int txid) {
    return FIRST.plusSeconds(600L * (txid - 1));
  }

  /** Returns the file of the object that holds a transaction. */
  Path object(int txid) {
    return dir.resolve(objects.get(txid - 1).key());
  }

  /** Returns how many pages a transaction's object has. */
  long frames(int txid) {
    byte[] before = txid == 1 ? new byte[0] : state(txid - 1);
    byte[] after = state(txid);
    long frames = 0;
    for (int page = 0; page < after.length / PAGE; page++) {
      frames += changed(before, after, page) ? 1 : 0;
    }
    return frames;
  }

  /** Returns the bytes of all objects. */
  long bytes() throws IOException {
    long sum = Files.size(dir.resolve(Generations.manifestKey(1)));
    for (int txid = 1; txid <= objects.size(); txid++) {
      sum += Files.size(object(txid));
    }
    return sum;
  }
}
