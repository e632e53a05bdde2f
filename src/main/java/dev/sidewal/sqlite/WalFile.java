package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Reads the bytes of a write-ahead log. The file carries no locks, so it is safe to open and close.
 * Not safe for use by several threads.
 */
final class WalFile implements AutoCloseable {

  private final FileChannel channel;
  private final byte[] header = new byte[WalHeader.LENGTH];

  WalFile(Path path) throws IOException {
    channel = FileChannel.open(path, StandardOpenOption.READ);
  }

  static Path pathOf(Path database) {
    return database.resolveSibling(database.getFileName() + "-wal");
  }

  /** Reads the header; empty if there is none, or if it is being written just now. */
  Optional<WalHeader> header() throws IOException {
    return read(0, header, 0, header.length) ? WalHeader.parse(header) : Optional.empty();
  }

  /** Reads bytes; false if the file ends before. */
  boolean read(long position, byte[] target, int offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(target, offset, length);
    long at = position;
    while (buffer.hasRemaining()) {
      int n = channel.read(buffer, at);
      if (n < 0) {
        return false;
      }
      at += n;
    }
    return true;
  }

  /** Waits until what was written to the file, by whomever, is on the disk. */
  void force() throws IOException {
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
