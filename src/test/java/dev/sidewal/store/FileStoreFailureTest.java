package dev.sidewal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.testing.GeneratedPayload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can go wrong with a directory. */
class FileStoreFailureTest {

  @TempDir Path directory;

  @Test
  void whatStandsInThePlaceOfAnObjectIsNotPassedOver() throws Exception {
    FileObjectStore store = store(directory.resolve("replica"));
    store.putIfAbsent("a/one.segment", Payload.of(new byte[3]));
    Path two = directory.resolve("replica/a/two.segment");
    for (boolean link : List.of(true, false)) {
      if (link) {
        Files.createSymbolicLink(two, directory.resolve("moved-away"));
      } else {
        Files.createDirectory(two);
      }
      StoreException e =
          catchThrowableOfType(StoreException.class, () -> store.list("", info -> {}));
      assertThat(e).hasMessageContaining(two.toString()).hasMessageContaining("bring that back");
      assertThat(e.retriable()).isFalse();
      Files.delete(two);
    }
    // A link to a file is an object, and an empty directory of the layout is none.
    Files.createSymbolicLink(two, directory.resolve("replica/a/one.segment"));
    Files.createDirectory(directory.resolve("replica/a/empty"));
    List<String> keys = new ArrayList<>();
    store.list("", info -> keys.add(info.key()));
    assertThat(keys).containsExactly("a/one.segment", "a/two.segment");
  }

  @Test
  void aVolumeThatIsNotMountedIsNoEmptyPlace() {
    FileObjectStore store = store(directory.resolve("volume/replica"));

    List<Runnable> reads =
        List.of(
            () -> store.list("", info -> {}),
            () -> store.list("generations/", info -> {}),
            () -> store.head("generations/x"),
            () -> store.get("generations/x", 0, 1));
    for (Runnable read : reads) {
      StoreException e = catchThrowableOfType(StoreException.class, read::run);
      assertThat(e)
          .hasMessageContaining(directory.resolve("volume").toString())
          .hasMessageContaining("not mounted");
      assertThat(e.retriable()).isFalse();
    }
  }

  @Test
  void aPlaceThatIsAFileIsNoEmptyPlace() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "x");
    FileObjectStore store = store(file);

    for (Runnable use :
        List.<Runnable>of(
            () -> store.list("", info -> {}),
            () -> store.list("a/", info -> {}),
            () -> store.head("a"),
            () -> store.putIfAbsent("a", Payload.of(new byte[1])))) {
      assertThatThrownBy(use::run)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(file + " is a file");
    }
  }

  @Test
  void writingMakesAllDirectories() {
    FileObjectStore store = store(directory.resolve("volume/replica"));

    assertThat(store.putIfAbsent("a/b/c", Payload.of(new byte[1]))).isEqualTo(PutOutcome.CREATED);

    assertThat(directory.resolve("volume/replica/a/b/c")).hasSize(1);
  }

  @Test
  void directoriesRemovedByOthersAreMadeAgain() throws Exception {
    FileObjectStore store = store(directory.resolve("replica"));
    store.putIfAbsent("a/1", Payload.of(new byte[1]));
    store.delete("a/1");
    Files.delete(directory.resolve("replica/a"));

    assertThat(store.putIfAbsent("a/2", Payload.of(new byte[1]))).isEqualTo(PutOutcome.CREATED);
    assertThat(directory.resolve("replica/a/2")).exists();
  }

  @Test
  void onlyLeftoversOfADayAreRemoved() throws Exception {
    Path temporaries = Files.createDirectories(directory.resolve("replica/.tmp~"));
    Instant now = Instant.parse("2026-11-21T12:00:00Z");
    Path old = aged(temporaries.resolve("old"), now.minus(Duration.ofHours(25)));
    Path young = aged(temporaries.resolve("young"), now.minus(Duration.ofHours(23)));
    FileObjectStore store =
        new FileObjectStore(
            new ReplicaUrl.Directory(directory.resolve("replica")),
            Clock.fixed(now, ZoneOffset.UTC));

    store.list("", info -> {});
    assertThat(old).as("reading removes nothing").exists();
    store.putIfAbsent("a", Payload.of(new byte[1]));

    assertThat(old).doesNotExist();
    assertThat(young).exists();
    List<String> keys = new ArrayList<>();
    store.list("", info -> keys.add(info.key()));
    assertThat(keys).containsExactly("a");
  }

  @Test
  void namesThatNoKeyHasAreNotListed() throws Exception {
    FileObjectStore store = store(directory.resolve("replica"));
    store.putIfAbsent("a", Payload.of(new byte[1]));
    Files.createDirectories(directory.resolve("replica/lost+found"));
    Files.writeString(directory.resolve("replica/lost+found/x"), "x");
    Files.writeString(directory.resolve("replica/some file"), "x");

    List<String> keys = new ArrayList<>();
    store.list("", info -> keys.add(info.key()));

    assertThat(keys).containsExactly("a");
  }

  @Test
  void aFileThatShrinksWhileItIsReadIsNoEnd() throws Exception {
    FileObjectStore store = store(directory.resolve("replica"));
    store.putIfAbsent("a", new GeneratedPayload(1, 100_000));
    try (InputStream in = store.get("a", 0, Long.MAX_VALUE).orElseThrow()) {
      in.readNBytes(10);
      try (FileChannel file =
          FileChannel.open(directory.resolve("replica/a"), StandardOpenOption.WRITE)) {
        file.truncate(50_000);
      }

      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("broke after 50000 of 100000 bytes");
    }
  }

  @Test
  void aDeniedDirectoryIsNamed() throws Exception {
    Path root = Files.createDirectories(directory.resolve("replica/generations"));
    FileObjectStore store = store(directory.resolve("replica"));
    store.putIfAbsent("generations/a", Payload.of(new byte[1]));
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("---------"));
    try {
      assumeFalse(Files.isReadable(root), "root may read everything, so nothing can be denied");

      StoreException e =
          catchThrowableOfType(StoreException.class, () -> store.list("", info -> {}));
      assertThat(e).hasMessageContaining("permission denied").hasMessageContaining(root.toString());
      assertThat(e.retriable()).isFalse();
      assertThat(e).isInstanceOf(StoreDeniedException.class);
      assertThatThrownBy(() -> store.head("generations/a"))
          .isInstanceOf(StoreDeniedException.class);
      assertThatThrownBy(() -> store.putIfAbsent("generations/b", Payload.of(new byte[1])))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("permission denied");
    } finally {
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void deniedByTheSystemIsDenied() {
    StoreException e =
        store(directory.resolve("replica"))
            .failure("write a", new AccessDeniedException("/somewhere/a"));

    assertThat(e)
        .isInstanceOf(StoreDeniedException.class)
        .hasMessageContaining("Could not write a in file://")
        .hasMessageContaining("permission denied on /somewhere/a. Give the user");
    assertThat(e.retriable()).isFalse();
  }

  @Test
  void aFullDiskLeavesNothingBehind() throws Exception {
    Path mount = Files.createDirectory(directory.resolve("small"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount.toString()),
        "a small file system cannot be mounted here");
    try {
      FileObjectStore store = store(mount.resolve("replica"));
      store.putIfAbsent("fits", new GeneratedPayload(1, 300_000));

      StoreException e =
          catchThrowableOfType(
              StoreException.class,
              () -> store.putIfAbsent("large", new GeneratedPayload(2, 2_000_000)));

      assertThat(e).hasMessageContaining("large").hasMessageContaining("bytes are free");
      assertThat(e.retriable()).isTrue();
      List<String> keys = new ArrayList<>();
      store.list("", info -> keys.add(info.key()));
      assertThat(keys).containsExactly("fits");
      try (Stream<Path> left = Files.list(mount.resolve("replica/.tmp~"))) {
        assertThat(left).isEmpty();
      }
      store.delete("fits");
      assertThat(store.putIfAbsent("large", new GeneratedPayload(2, 600_000)))
          .isEqualTo(PutOutcome.CREATED);
    } finally {
      run("umount", mount.toString());
    }
  }

  private static FileObjectStore store(Path root) {
    return new FileObjectStore(new ReplicaUrl.Directory(root), Clock.systemUTC());
  }

  private static Path aged(Path file, Instant time) throws Exception {
    Files.writeString(file, "left behind");
    return Files.setLastModifiedTime(file, FileTime.from(time));
  }

  private static boolean run(String... command) throws Exception {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // There is no such program.
    }
  }
}
