package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.PageHash;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.Payload;
import dev.sidewal.store.ReplicaUrl;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A database of a little more than 1 GiB, so that it has a lock-byte page, restored by a process
 * with a heap of 64 MiB.
 */
class LargeDatabaseTest {

  private static final int PAGE = 65536;
  private static final long PAGES = 16400;
  private static final long LOCK_BYTE = 16385;
  private static final long CHANGED = 2000;
  private static final UUID REPLICA = new UUID(3, 4);
  private static final Instant TIME = Instant.parse("2026-02-03T04:05:06Z");

  @TempDir Path dir;

  @Test
  void boundedMemoryAndLockBytePage() throws Exception {
    Path replica = Files.createDirectory(dir.resolve("replica"));
    Path file = dir.resolve("db");
    long checksum;
    try (ObjectStore store = open(replica)) {
      checksum = write(store);
    }
    Files.writeString(file, "old");
    killHalfWay(replica, file);
    Process process = start(replica, file);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("checksum=" + Long.toHexString(checksum));
    assertThat(file).hasSize(PAGES * PAGE);
    assertThat(temporary()).isEmpty();
    byte[] expected = new byte[PAGE];
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 20)) {
      for (long page = 1; page <= PAGES; page++) {
        fill(expected, page, version(page));
        byte[] actual = in.readNBytes(PAGE);
        if (!Arrays.equals(actual, expected)) {
          assertThat(actual).as("page %d", page).isEqualTo(expected);
        }
      }
    }
  }

  private void killHalfWay(Path replica, Path file) throws Exception {
    Process process = start(replica, file);
    Awaitility.await()
        .pollInterval(Duration.ofMillis(5))
        .until(() -> temporary().stream().anyMatch(t -> t.toFile().length() > 0));
    process.destroyForcibly().waitFor();
    assertThat(file).hasContent("old");
    assertThat(temporary()).hasSize(1);
  }

  private static Process start(Path replica, Path file) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            LargeDatabaseTest.class.getName(),
            replica.toString(),
            file.toString())
        .redirectErrorStream(true)
        .start();
  }

  private List<Path> temporary() throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.filter(f -> f.getFileName().toString().contains(".sidewal-restore-")).toList();
    }
  }

  /** Restores, as the process with little memory. */
  public static void main(String[] args) {
    try (ObjectStore store = open(Path.of(args[0]))) {
      RestoreResult result =
          new Restorer(Clock.systemUTC(), new Random(1))
              .restore(
                  RestoreRequest.builder(store, Path.of(args[1]))
                      .parallelism(4)
                      .force(true)
                      .build());
      System.out.println("checksum=" + Long.toHexString(result.checksum()));
    }
  }

  private static ObjectStore open(Path replica) {
    return ObjectStores.open(ReplicaUrl.parse("file://" + replica));
  }

  private static int version(long page) {
    return page % (PAGES / CHANGED) == 0 ? 2 : 1;
  }

  private static void fill(byte[] page, long number, int version) {
    Arrays.fill(page, (byte) 0);
    if (number != LOCK_BYTE) {
      ByteBuffer buffer = ByteBuffer.wrap(page);
      for (int i = 0; i < PAGE; i += 256) {
        buffer.putLong(i, (number * 31 + version) * 0x9E3779B97F4A7C15L + i);
      }
    }
  }

  private long write(ObjectStore store) throws IOException {
    GenerationManifest manifest =
        new GenerationManifest(
            REPLICA, 1, new UUID(5, 6), TIME, PAGE, "test", Optional.empty(), false);
    store.putIfAbsent(Generations.manifestKey(1), Payload.of(manifest.toBytes()));
    byte[] page = new byte[PAGE];
    long base = 0;
    Path object = dir.resolve("object");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(object));
        SegmentWriter writer =
            new SegmentWriter(
                new SegmentHeader(ObjectKind.SNAPSHOT, REPLICA, 1, PAGE, 1, 0, 0),
                out,
                new SegmentWriterOptions(1 << 20, 1))) {
      for (long number = 1; number <= PAGES; number++) {
        fill(page, number, 1);
        if (number == LOCK_BYTE) {
          Arrays.fill(page, (byte) 'x'); // Whatever is carried for it does not count.
        } else {
          base ^= PageHash.hash(number, page, 0, PAGE);
        }
        writer.page(number, page, 0);
      }
      writer.commit(new Transaction(1, TIME, PAGES, PAGES, PAGES, base, false));
      writer.finish();
    }
    store.putIfAbsent(HistoryObject.snapshot(1, 1, TIME).key(), Payload.of(object));
    long checksum = base;
    // The store may share the other one.
    Path second = dir.resolve("second");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(second));
        SegmentWriter writer =
            new SegmentWriter(
                new SegmentHeader(ObjectKind.SEGMENT, REPLICA, 1, PAGE, 2, PAGES, base),
                out,
                new SegmentWriterOptions(16 << 20, 1))) {
      long frames = 0;
      for (long number = 1; number <= PAGES; number++) {
        if (version(number) == 2 && number != LOCK_BYTE) {
          fill(page, number, 1);
          checksum ^= PageHash.hash(number, page, 0, PAGE);
          fill(page, number, 2);
          checksum ^= PageHash.hash(number, page, 0, PAGE);
          writer.page(number, page, 0);
          frames++;
        }
      }
      writer.commit(new Transaction(2, TIME, frames, frames, PAGES, checksum, false));
      writer.finish();
    }
    store.putIfAbsent(HistoryObject.segment(1, 2, 2, TIME, TIME).key(), Payload.of(second));
    Files.delete(object);
    Files.delete(second);
    return checksum;
  }
}
