package dev.sidewal.segment;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** An object in a local file, whose length is taken once. Safe for use by several threads. */
public final class FileSegmentSource implements SegmentSource, Closeable {

  private final Path path;
  private final FileChannel channel;
  private final long length;

  /** Opens the file. */
  public FileSegmentSource(Path path) throws IOException {
    this.path = path;
    channel = FileChannel.open(path, StandardOpenOption.READ);
    length = channel.size();
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public void read(long position, byte[] target, int offset, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(target, offset, count);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + count - buffer.remaining()) < 0) {
        throw new EOFException(path + " ends before byte " + (position + count));
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
