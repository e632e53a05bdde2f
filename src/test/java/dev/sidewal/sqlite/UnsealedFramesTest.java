package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Committed frames to which SQLite gave neither salts nor a checksum, as versions up to 3.40 at
 * least do after ROLLBACK TO in a transaction larger than the page cache.
 */
class UnsealedFramesTest {

  private static final int PAGE = 1024;
  private static final int FRAME = WalFrame.HEADER_LENGTH + PAGE;

  @TempDir Path dir;
  private byte[] log;
  private int frames;

  /** Writes a log with one transaction of many frames. */
  @BeforeEach
  void write() throws Exception {
    Path database = dir.resolve("app.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement sql = c.createStatement()) {
      sql.execute("PRAGMA page_size=" + PAGE);
      sql.execute("CREATE TABLE t(x)");
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("INSERT INTO t VALUES(randomblob(20000))");
      log = Files.readAllBytes(dir.resolve("app.db-wal"));
    }
    frames = (log.length - WalHeader.LENGTH) / FRAME;
    assertThat(frames).isGreaterThan(15);
  }

  private static int offset(int frame) {
    return WalHeader.LENGTH + (frame - 1) * FRAME;
  }

  /** Takes the seals off some frames, and seals those behind anew, as SQLite then does. */
  private void unseal(int first, int last) {
    unseal(first, last, 0, 0);
  }

  /** The same, the checksum going on from other sums. */
  private void unseal(int first, int last, int sum1, int sum2) {
    ByteBuffer b = ByteBuffer.wrap(log);
    for (int frame = first; frame <= last; frame++) {
      b.putLong(offset(frame) + WalFrame.SALT_1, 0);
      b.putLong(offset(frame) + WalFrame.CHECKSUM_1, 0);
    }
    int[] sum = {sum1, sum2};
    for (int frame = last + 1; frame <= frames; frame++) {
      add(sum, offset(frame), WalFrame.CHECKED_PREFIX);
      add(sum, offset(frame) + WalFrame.HEADER_LENGTH, PAGE);
      b.putInt(offset(frame) + WalFrame.CHECKSUM_1, sum[0]);
      b.putInt(offset(frame) + WalFrame.CHECKSUM_2, sum[1]);
    }
  }

  private void add(int[] sum, int from, int length) {
    ByteBuffer words = ByteBuffer.wrap(log).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = from; at < from + length; at += 8) {
      sum[0] += words.getInt(at) + sum[1];
      sum[1] += words.getInt(at + 4) + sum[0];
    }
  }

  /** Returns how many frames the cursor hands over, and how many of them end a transaction. */
  private long[] advance() throws Exception {
    Path file = dir.resolve("copy-wal");
    Files.write(file, log);
    long[] seen = {0, 0};
    try (WalFile wal = new WalFile(file)) {
      LogCursor cursor = new LogCursor(wal);
      cursor.enter(wal.header().orElseThrow());
      cursor.advance(
          frames,
          (frame, page, source, offset, databasePages) -> {
            seen[0]++;
            seen[1] += databasePages == 0 ? 0 : 1;
            return true;
          });
    }
    return seen;
  }

  @Test
  void areTakenWhenTheTransactionEndsSealed() throws Exception {
    unseal(4, 7);
    assertThat(advance()).containsExactly(frames, 1);
    unseal(12, 12);
    assertThat(advance()).containsExactly(frames, 1);
  }

  @Test
  void areRefusedWhenTheNextFrameDoesNotGoOnFromThem() {
    unseal(4, 7);
    ByteBuffer.wrap(log).putInt(offset(8) + WalFrame.CHECKSUM_2, 1);
    assertThatThrownBy(this::advance)
        .isInstanceOf(ContinuityLostException.class)
        .hasMessageContaining("frame 8 ");
  }

  @Test
  void areRefusedWhenTheNextFrameIsOfAnotherEpoch() {
    unseal(4, 7);
    ByteBuffer.wrap(log).putInt(offset(8) + WalFrame.SALT_1, 1);
    assertThatThrownBy(this::advance)
        .isInstanceOf(ContinuityLostException.class)
        .hasMessageContaining("frame 8 ");
  }

  @Test
  void mayEndATransaction() throws Exception {
    unseal(4, frames);
    assertThat(advance()).containsExactly(frames, 1);
  }

  @Test
  void anEndAmongThemLetsTheChecksumBeginAnew() throws Exception {
    unseal(4, 7, 4711, 815);
    ByteBuffer.wrap(log).putInt(offset(7) + WalFrame.COMMIT_SIZE, frames);
    assertThat(advance()).containsExactly(frames, 2);
  }

  @Test
  void anEndAmongThemLeavesTheEpochAsItIs() {
    unseal(4, 7, 4711, 815);
    ByteBuffer.wrap(log).putInt(offset(7) + WalFrame.COMMIT_SIZE, frames);
    ByteBuffer.wrap(log).putInt(offset(8) + WalFrame.SALT_1, 1);
    assertThatThrownBy(this::advance)
        .isInstanceOf(ContinuityLostException.class)
        .hasMessageContaining("frame 8 ");
  }

  @Test
  void theFrameAfterTheAnewBegunChecksumIsChecked() {
    unseal(4, 7, 4711, 815);
    ByteBuffer.wrap(log).putInt(offset(7) + WalFrame.COMMIT_SIZE, frames);
    log[offset(9) + WalFrame.HEADER_LENGTH]++;
    assertThatThrownBy(this::advance)
        .isInstanceOf(ContinuityLostException.class)
        .hasMessageContaining("frame 9 ");
  }

  @Test
  void aHoleOfZerosIsNoFrame() {
    unseal(4, 7);
    ByteBuffer.wrap(log).putInt(offset(5) + WalFrame.PAGE_NUMBER, 0);
    assertThatThrownBy(this::advance)
        .isInstanceOf(ContinuityLostException.class)
        .hasMessageContaining("frame 5 ");
  }
}
