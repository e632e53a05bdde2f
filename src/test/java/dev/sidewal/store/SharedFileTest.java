package dev.sidewal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A local file that is never changed again becomes an object without being copied. */
class SharedFileTest {

  private static final String KEY = "generations/a.segment";

  @TempDir Path directory;
  private Path root;
  private Path file;
  private FileObjectStore store;

  @BeforeEach
  void fill() throws IOException {
    root = directory.resolve("store");
    file = Files.write(directory.resolve("spooled"), new byte[] {1, 2, 3});
    store = new FileObjectStore(new ReplicaUrl.Directory(root), Clock.systemUTC());
  }

  private Object inode(Path path) throws IOException {
    return Files.getAttribute(path, "unix:ino");
  }

  @Test
  void isTheSameFileUnderTwoNames() throws IOException {
    assertThat(store.putIfAbsent(KEY, Payload.of(file))).isEqualTo(PutOutcome.CREATED);
    assertThat(inode(root.resolve(KEY))).isEqualTo(inode(file));
    Files.delete(file);
    assertThat(root.resolve(KEY)).hasBinaryContent(new byte[] {1, 2, 3});
  }

  @Test
  void neverTakesTheNameOfAnother() throws IOException {
    store.putIfAbsent(KEY, Payload.of(new byte[] {9}));
    assertThat(store.putIfAbsent(KEY, Payload.of(file))).isEqualTo(PutOutcome.ALREADY_EXISTS);
    assertThat(root.resolve(KEY)).hasBinaryContent(new byte[] {9});
  }

  @Test
  void isCopiedWhereOthersCouldNotReadIt() throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(store.putIfAbsent(KEY, Payload.of(file))).isEqualTo(PutOutcome.CREATED);
    assertThat(inode(root.resolve(KEY))).isNotEqualTo(inode(file));
    assertThat(Files.getPosixFilePermissions(root.resolve(KEY)))
        .isEqualTo(Files.getPosixFilePermissions(Files.createFile(directory.resolve("new"))));
    assertThat(root.resolve(KEY)).hasBinaryContent(new byte[] {1, 2, 3});
  }

  @Test
  void isCopiedWhereThereAreNoHardLinks() throws IOException {
    FileObjectStore without =
        new FileObjectStore(new ReplicaUrl.Directory(root), Clock.systemUTC(), false, 10);
    assertThat(without.putIfAbsent(KEY, Payload.of(file))).isEqualTo(PutOutcome.CREATED);
    assertThat(inode(root.resolve(KEY))).isNotEqualTo(inode(file));
  }
}
