package dev.sidewal.bench.micro;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the disk can do at most, one byte after the other: written with an fsync at the end, and
 * read past the page cache (O_DIRECT), where the file system allows that.
 */
@State(Scope.Thread)
public class DiskBenchmark {

  /** How much is written or read in one go. */
  static final int BYTES = 32 << 20;

  /** The directory to do it in. */
  static final String DIRECTORY = "bench.micro.dir";

  private static final int PIECE = 1 << 20;
  private static final int ALIGNMENT = 4096;

  private ByteBuffer buffer;
  private Path file;

  /** Writes a file to read. */
  @Setup
  public void setUp() throws IOException {
    byte[] random = new byte[PIECE];
    new SplittableRandom(1).nextBytes(random);
    buffer = ByteBuffer.allocateDirect(PIECE + ALIGNMENT).alignedSlice(ALIGNMENT);
    buffer.limit(PIECE);
    buffer.put(random).flip();
    file = Files.createTempFile(Path.of(System.getProperty(DIRECTORY, "target")), "disk", ".tmp");
    write();
  }

  /** Removes it. */
  @TearDown
  public void tearDown() throws IOException {
    Files.delete(file);
  }

  /** Writes the file anew. */
  @Benchmark
  public void write() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(0);
      for (int i = 0; i < BYTES / PIECE; i++) {
        buffer.rewind();
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
      channel.force(true);
    }
  }

  /** Reads the file. */
  @Benchmark
  public long read() throws IOException {
    long length = 0;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, ExtendedOpenOption.DIRECT)) {
      buffer.clear().limit(PIECE);
      for (int n = channel.read(buffer); n >= 0; n = channel.read(buffer)) {
        length += n;
        buffer.clear().limit(PIECE);
      }
    }
    return length;
  }
}
