package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log's format, on a log that SQLite wrote. */
class WalFormatTest {

  @TempDir static Path dir;
  private static byte[] log;
  private static byte[] database;
  private static Path content;

  /** Leaves a database whose log was not checkpointed, as a killed application does. */
  @BeforeAll
  static void write() throws Exception {
    content = dir.resolve("app.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + content);
        Statement sql = c.createStatement()) {
      sql.execute("PRAGMA page_size=1024");
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("PRAGMA wal_autocheckpoint=0");
      sql.execute("CREATE TABLE t(x)");
      for (int i = 0; i < 40; i++) {
        sql.execute("INSERT INTO t VALUES(randomblob(700))");
      }
      sql.execute("DELETE FROM t WHERE rowid%3=0");
      sql.execute("UPDATE t SET x=zeroblob(5000) WHERE rowid=4");
      log = Files.readAllBytes(dir.resolve("app.db-wal"));
      database = Files.readAllBytes(content);
    }
  }

  private static void checkpoint(Path db) throws Exception {
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement sql = c.createStatement()) {
      sql.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }

  @Test
  void readsALittleEndianLog() throws Exception {
    assertThat(WalHeader.parse(log).orElseThrow().bigEndianChecksums()).isFalse();
    rebuild("little", log);
  }

  /** Hosts of the other byte order write such logs; SQLite reads either. */
  @Test
  void readsABigEndianLog() throws Exception {
    byte[] big = log.clone();
    ByteBuffer b = ByteBuffer.wrap(big);
    b.putInt(0, b.getInt(0) | 1);
    int pageSize = b.getInt(8);
    int[] sum = {0, 0};
    add(b, sum, 0, 24);
    b.putInt(24, sum[0]).putInt(28, sum[1]);
    for (int at = 32; at + 24 + pageSize <= big.length; at += 24 + pageSize) {
      add(b, sum, at, 8);
      add(b, sum, at + 24, pageSize);
      b.putInt(at + 16, sum[0]).putInt(at + 20, sum[1]);
    }
    assertThat(WalHeader.parse(big).orElseThrow().bigEndianChecksums()).isTrue();
    rebuild("big", big);
  }

  /** The algorithm of the file format page, as plainly as it is written there. */
  private static void add(ByteBuffer b, int[] sum, int from, int length) {
    for (int i = from; i < from + length; i += 8) {
      sum[0] += b.getInt(i) + sum[1];
      sum[1] += b.getInt(i + 4) + sum[0];
    }
  }

  @Test
  void aFlippedBitInTheHeaderIsSeen() {
    for (int bit = 0; bit < WalHeader.LENGTH * 8; bit++) {
      byte[] flipped = log.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(WalHeader.parse(flipped)).as("bit %d", bit).isEmpty();
    }
  }

  @Test
  void aFlippedBitInAFrameIsSeen() throws Exception {
    WalHeader header = WalHeader.parse(log).orElseThrow();
    int frames = (log.length - WalHeader.LENGTH) / header.frameLength();
    Path file = dir.resolve("flipped");
    for (int at = WalHeader.LENGTH; at < log.length; at += 37) {
      byte[] flipped = log.clone();
      flipped[at] ^= 0x10;
      Files.write(file, flipped);
      int expected = (at - WalHeader.LENGTH) / header.frameLength();
      try (WalFile wal = new WalFile(file)) {
        LogCursor cursor = new LogCursor(wal);
        cursor.enter(header);
        assertThat(failsAfter(cursor, frames)).as("byte %d", at).isEqualTo(expected);
      }
    }
  }

  private static long failsAfter(LogCursor cursor, int frames) throws Exception {
    try {
      cursor.advance(frames, (frame, page, source, offset, pages) -> true);
      return -1;
    } catch (ContinuityLostException e) {
      return cursor.frame();
    }
  }

  /** Follows a copy with the given log and compares the image with what SQLite makes of it. */
  private static void rebuild(String name, byte[] wal) throws Exception {
    Path home = Files.createDirectories(dir.resolve(name));
    Path db = home.resolve("app.db");
    Files.write(db, database);
    Files.write(home.resolve("app.db-wal"), wal);
    int pageSize = WalHeader.parse(wal).orElseThrow().pageSize();
    byte[] image;
    try (LogFollower follower =
        LogFollower.attach(
            DatabaseFile.open(db).orElseThrow(), home, FollowOptions.DEFAULT, Clock.systemUTC())) {
      byte[] pages = new byte[Math.toIntExact(follower.databasePages() * pageSize)];
      follower
          .newImage()
          .finish(
              (page, source, offset) ->
                  System.arraycopy(source, offset, pages, (int) (page - 1) * pageSize, pageSize));
      image = pages;
    }
    checkpoint(db);
    assertThat(image).isEqualTo(Files.readAllBytes(db));
    checkpoint(content);
    assertThat(image).isEqualTo(Files.readAllBytes(content));
  }
}
