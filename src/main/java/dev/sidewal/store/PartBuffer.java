package dev.sidewal.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Collects one part of an upload, since a part's length and MD5 go before its bytes. At most 16 MiB
 * are held; what a larger part has beyond (only uploads of more than 58 GB have such) goes to a
 * temporary file. Not safe for use by several threads.
 */
final class PartBuffer implements Payload, AutoCloseable {

  private static final int FIRST_CAPACITY = 64 << 10;

  private final int memoryLimit;
  private byte[] memory = new byte[FIRST_CAPACITY];
  private long length;
  private FileChannel file;
  private Path path;

  PartBuffer() {
    this(16 << 20);
  }

  PartBuffer(int memoryLimit) {
    this.memoryLimit = memoryLimit;
  }

  @Override
  public long length() {
    return length;
  }

  void append(byte[] source, int offset, int count) throws IOException {
    int held = (int) Math.min(length, memoryLimit);
    int toMemory = Math.min(count, memoryLimit - held);
    if (held + toMemory > memory.length) {
      int doubled = Math.max(held + toMemory, 2 * memory.length);
      memory = Arrays.copyOf(memory, Math.min(memoryLimit, doubled));
    }
    System.arraycopy(source, offset, memory, held, toMemory);
    if (count > toMemory) {
      toFile(source, offset + toMemory, count - toMemory);
    }
    length += count;
  }

  /** Forgets the bytes. */
  void clear() throws IOException {
    truncate(0);
  }

  /** Forgets the bytes from a length on. */
  void truncate(long to) throws IOException {
    length = to;
    if (file != null) {
      file.truncate(Math.max(0, to - memoryLimit));
    }
  }

  @Override
  public InputStream open() throws IOException {
    InputStream held = new ByteArrayInputStream(memory, 0, (int) Math.min(length, memoryLimit));
    if (length <= memoryLimit) {
      return held;
    }
    return new SequenceInputStream(held, Files.newInputStream(path));
  }

  private void toFile(byte[] source, int offset, int count) throws IOException {
    if (file == null) {
      path = Files.createTempFile("sidewal-part-", ".tmp");
      file = FileChannel.open(path, StandardOpenOption.WRITE);
    }
    ByteBuffer bytes = ByteBuffer.wrap(source, offset, count);
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    memory = new byte[0];
    length = 0;
    if (file != null) {
      file.close();
      Files.deleteIfExists(path);
    }
  }
}
