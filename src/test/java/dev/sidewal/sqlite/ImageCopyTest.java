package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Images of a database that two processes write to all the time: each must equal, byte for byte,
 * what the log alone had made of it at the moment at which the image began.
 */
class ImageCopyTest {

  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({"512,0", "4096,2", "65536,1"})
  void imagesAreOfTheMomentAtWhichTheyBegan(int pageSize, int autoVacuum) throws Exception {
    Path db = dir.resolve("app.db");
    long seed = Long.getLong("seed", System.nanoTime() & 0xffff);
    double seconds = Double.parseDouble(System.getProperty("sidewal.follower.seconds", "2"));
    System.out.println("seed " + seed);
    Programs.assumePython();
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement sql = c.createStatement()) {
      sql.execute("PRAGMA page_size=" + pageSize);
      sql.execute("PRAGMA auto_vacuum=" + autoVacuum);
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, h INTEGER, v BLOB)");
      sql.execute("CREATE TABLE meta(seq INTEGER)");
      sql.execute("INSERT INTO meta VALUES(0)");
    }
    List<Process> writers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      writers.add(
          new ProcessBuilder(
                  "python3",
                  "src/test/resources/writers/hammer.py",
                  db.toString(),
                  dir.resolve("log").toString(),
                  "" + seed,
                  "" + seconds,
                  "" + i,
                  "10")
              .inheritIO()
              .start());
    }
    Files.createDirectories(dir.resolve("work"));
    Images images = new Images(dir, pageSize, new Random(seed));
    try (RebuiltFile rebuilt = new RebuiltFile(dir.resolve("rebuilt.db"), pageSize);
        LogFollower follower =
            LogFollower.attach(
                DatabaseFile.open(db).orElseThrow(),
                dir.resolve("work"),
                FollowOptions.DEFAULT.withPauseBytes(2 << 20),
                Clock.systemUTC())) {
      ImageScan scan = follower.newImage();
      while (!scan.step(rebuilt, 64 * 1024)) {
        follower.copy(FrameSink.NOBODY, Long.MAX_VALUE);
        follower.keepLogShort(FrameSink.NOBODY, false);
      }
      scan.finish(rebuilt);
      rebuilt.file.setLength(follower.databasePages() * pageSize);
      follower.marked(1);
      while (writers.stream().anyMatch(Process::isAlive)) {
        long before = rebuilt.commits;
        if (follower.copy(rebuilt, 1 << 20)) {
          follower.keepLogShort(rebuilt, before == rebuilt.commits);
        }
        images.goOn(follower);
      }
    }
    assertThat(writers).allMatch(w -> w.exitValue() == 0);
    System.out.println(images);
    assertThat(images.snapshots).isPositive();
    assertThat(images.deltas).isPositive();
    assertThat(images.earlyBytes).isPositive();
  }

  /** Takes one image after the other, and compares each. */
  private static final class Images {
    private final Path expected;
    private final Path image;
    private final Path base;
    private final Path directory;
    private final int pageSize;
    private final Random random;
    private Optional<ImageCopy> copy = Optional.empty();
    private Optional<RebuiltFile> target = Optional.empty();
    private Optional<BaseHashes> baseHashes = Optional.empty();
    private boolean delta;
    private long checksum;
    private long number;
    private long basePages;
    int snapshots;
    int deltas;
    long earlyBytes;

    Images(Path dir, int pageSize, Random random) {
      this.directory = dir;
      this.expected = dir.resolve("expected.db");
      this.image = dir.resolve("image.db");
      this.base = dir.resolve("base.db");
      this.pageSize = pageSize;
      this.random = random;
    }

    void goOn(LogFollower follower) throws IOException {
      if (copy.isEmpty()) {
        begin(follower);
      }
      // Small steps, so that much changes on the way.
      if (copy.orElseThrow().step(1 + random.nextInt(8 * pageSize))) {
        end();
      }
    }

    private void begin(LogFollower follower) throws IOException {
      delta = baseHashes.isPresent() && random.nextInt(3) > 0;
      Files.copy(directory.resolve("rebuilt.db"), expected, StandardCopyOption.REPLACE_EXISTING);
      checksum = follower.checksum();
      if (delta) {
        Files.copy(base, image, StandardCopyOption.REPLACE_EXISTING);
      } else {
        Files.deleteIfExists(image);
        baseHashes.ifPresent(BaseHashes::close);
        baseHashes = Optional.of(BaseHashes.create(directory.resolve("base-" + ++number)));
      }
      BaseHashes hashes = baseHashes.orElseThrow();
      RebuiltFile file = new RebuiltFile(image, pageSize);
      target = Optional.of(file);
      long pagesOfBase = basePages;
      boolean isDelta = delta;
      copy =
          Optional.of(
              follower.newCopy(
                  isDelta
                      ? (page, hash) -> page > pagesOfBase || hashes.hashOf(page) != hash
                      : ImageFilter.ALL,
                  (page, source, offset) -> {
                    file.page(page, source, offset);
                    if (!isDelta) {
                      hashes.put(page, follower.pageHash(page));
                    }
                  },
                  directory.resolve("early")));
      file.file.setLength(copy.get().pages() * pageSize);
    }

    private void end() throws IOException {
      ImageCopy done = copy.orElseThrow();
      target.orElseThrow().close();
      assertThat(Files.mismatch(image, expected))
          .as(
              "%s of %d pages, %d bytes of base, the file has %d and must have %d bytes",
              delta ? "delta" : "snapshot",
              done.pages(),
              basePages * pageSize,
              Files.size(image),
              Files.size(expected))
          .isEqualTo(-1);
      earlyBytes += done.earlyBytes();
      if (delta) {
        deltas++;
      } else {
        snapshots++;
        assertThat(baseHashes.orElseThrow().checksum(done.pages(), pageSize)).isEqualTo(checksum);
        basePages = done.pages();
        Files.move(image, base, StandardCopyOption.REPLACE_EXISTING);
      }
      done.close();
      copy = Optional.empty();
    }

    @Override
    public String toString() {
      return snapshots
          + " snapshots and "
          + deltas
          + " deltas, "
          + earlyBytes
          + " bytes of pages copied before they changed";
    }
  }
}
