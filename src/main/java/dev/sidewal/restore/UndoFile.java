package dev.sidewal.restore;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Page images from before pages were changed, to go back to a mark: each page once, as it was at
 * the mark. It grows to the size of the database at most; memory is that of a {@link PageSet}.
 */
final class UndoFile implements Closeable {

  private static final long LARGEST_PAGE = 0xffff_fffeL;

  private final FileChannel channel;
  private final int pageSize;
  private final ByteBuffer entry;
  private PageSet saved = new PageSet(LARGEST_PAGE);
  private long entries;

  UndoFile(Path file, int pageSize) throws IOException {
    this.channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    this.pageSize = pageSize;
    this.entry = ByteBuffer.allocate(Long.BYTES + pageSize);
  }

  /** Gets pages as they were. */
  @FunctionalInterface
  interface Restore {
    void page(long page, byte[] content) throws IOException;
  }

  /** Returns whether a page must be saved, and takes it for saved. */
  boolean needs(long page) {
    return saved.add(page);
  }

  /** Saves a page that {@link #needs} told. */
  void save(long page, byte[] content) throws IOException {
    entry.clear().putLong(page).put(content, 0, pageSize).flip();
    long at = entries * entry.capacity();
    while (entry.hasRemaining()) {
      channel.write(entry, at + entry.position());
    }
    entries++;
  }

  /** Hands over all pages that were saved since the mark. */
  void undo(Restore restore) throws IOException {
    byte[] content = new byte[pageSize];
    for (long i = 0; i < entries; i++) {
      entry.clear();
      while (entry.hasRemaining()) {
        if (channel.read(entry, i * entry.capacity() + entry.position()) < 0) {
          throw new IOException("the undo file ends within its entry " + i);
        }
      }
      long page = entry.flip().getLong();
      entry.get(content);
      restore.page(page, content);
    }
  }

  /** Forgets what was saved: what is now is the mark. */
  void mark() throws IOException {
    channel.truncate(0);
    entries = 0;
    saved = new PageSet(LARGEST_PAGE);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
