package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that are taken when the hash of every page is known already. */
class NeverWrittenPagesTest {

  private static final int PAGE = 512;
  private static final long NEVER_WRITTEN = 5;

  @TempDir Path dir;
  private Path db;

  @BeforeEach
  void fill() throws Exception {
    db = dir.resolve("app.db");
    Files.createDirectory(dir.resolve("work"));
    Files.createDirectory(dir.resolve("other"));
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement sql = c.createStatement()) {
      sql.execute("PRAGMA page_size=" + PAGE);
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("CREATE TABLE t(v)");
      sql.execute(
          "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<20)"
              + " INSERT INTO t SELECT randomblob(300) FROM c");
    }
  }

  /** Takes an image by way of an image table that knows all pages but one, or one wrongly. */
  private long[] scan(boolean wrong) throws Exception {
    DatabaseFile file = DatabaseFile.open(db).orElseThrow();
    byte[] bytes = Files.readAllBytes(db);
    try (LogFollower follower =
            LogFollower.attach(
                file, dir.resolve("work"), FollowOptions.DEFAULT, Clock.systemUTC());
        WalFile wal = new WalFile(WalFile.pathOf(db));
        DatabaseImage image = new DatabaseImage(dir.resolve("other"), PAGE)) {
      int pages = bytes.length / PAGE;
      image.startAt(pages);
      for (int page = 1; page <= pages; page++) {
        if (page != NEVER_WRITTEN) {
          image.readFromFile(page, PageHash.hash(page, bytes, (page - 1) * PAGE, PAGE));
        } else if (wrong) {
          image.readFromFile(page, 4711);
        }
      }
      image.seal();
      Map<Long, Long> hashes = new HashMap<>();
      new ImageScan(follower, file, image, wal, new LogCursor(wal))
          .finish(
              (page, source, offset) ->
                  hashes.put(page, PageHash.hash(page, source, offset, PAGE)));
      long sum = hashes.values().stream().reduce(0L, (a, b) -> a ^ b);
      return new long[] {sum, image.checksum(), hashes.size(), pages};
    }
  }

  /** The file has old bytes where the database has a page that nothing ever wrote. */
  @Test
  void areZerosInEveryImage() throws Exception {
    long[] seen = scan(false);
    assertThat(seen[0]).isEqualTo(seen[1]);
    assertThat(seen[2]).isEqualTo(seen[3]);
  }

  @Test
  void aPageThatIsNotAsItWasCommittedIsNoPartOfAnImage() {
    assertThatThrownBy(() -> scan(true))
        .isInstanceOf(ContinuityLostException.class)
        .hasMessageContaining("page " + NEVER_WRITTEN);
  }
}
