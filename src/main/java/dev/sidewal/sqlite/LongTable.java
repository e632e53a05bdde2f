package dev.sidewal.sqlite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A growing array of longs in a memory-mapped file, zero where nothing was written. It takes no
 * heap to speak of, whatever its size.
 *
 * <p>Invariant: every mapped byte was written to the file before it was mapped. A mapped hole in a
 * sparse file would kill the process when the disk is full at the moment of the first write to it;
 * so a full disk is an {@code IOException} of {@link #ensure} instead.
 *
 * <p>The first mapping holds {@value #FIRST} entries, each next one as many as all before it, up to
 * 2 GiB: a small database takes little disk and a large one few mappings. Not safe for use by
 * several threads.
 */
final class LongTable implements AutoCloseable {

  private static final int FIRST_BITS = 9;
  private static final int FIRST = 1 << FIRST_BITS;
  private static final int LARGEST_BITS = 27;
  private static final long LARGEST = 1L << LARGEST_BITS;

  private final FileChannel channel;
  private final List<LongBuffer> parts = new ArrayList<>();
  private long capacity;

  /** Creates the table in a new file, or over whatever lay in an old one. */
  LongTable(Path file) throws IOException {
    this(
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE));
  }

  private LongTable(FileChannel channel) {
    this.channel = channel;
  }

  /** Opens a table that an earlier process left, with all that it had made usable. */
  static LongTable reopen(Path file) throws IOException {
    LongTable table =
        new LongTable(FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    try {
      while (table.channel.size() >= (table.capacity + table.nextEntries()) * Long.BYTES) {
        table.mapNext();
      }
      return table;
    } catch (IOException | RuntimeException e) {
      table.channel.close();
      throw e;
    }
  }

  private long nextEntries() {
    return parts.isEmpty() ? FIRST : Math.min(capacity, LARGEST);
  }

  private void mapNext() throws IOException {
    long entries = nextEntries();
    parts.add(
        channel
            .map(FileChannel.MapMode.READ_WRITE, capacity * Long.BYTES, entries * Long.BYTES)
            .order(ByteOrder.nativeOrder())
            .asLongBuffer());
    capacity += entries;
  }

  /** Makes entries 0 … {@code index} usable. */
  void ensure(long index) throws IOException {
    while (index >= capacity) {
      long entries = nextEntries();
      ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(entries * Long.BYTES, 1 << 20));
      long position = capacity * Long.BYTES;
      long end = position + entries * Long.BYTES;
      for (long p = position; p < end; ) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), end - p));
        p += channel.write(zeros, p);
      }
      mapNext();
    }
  }

  /** Returns how many entries are usable. */
  long capacity() {
    return capacity;
  }

  long get(long index) {
    if (index >= capacity) {
      return 0;
    }
    return part(index).get(slot(index));
  }

  void put(long index, long value) {
    part(index).put(slot(index), value);
  }

  private LongBuffer part(long index) {
    if (index < FIRST) {
      return parts.get(0);
    }
    if (index >= 2 * LARGEST) {
      return parts.get((int) (index >>> LARGEST_BITS) + LARGEST_BITS - FIRST_BITS);
    }
    return parts.get(64 - Long.numberOfLeadingZeros(index) - FIRST_BITS);
  }

  private static int slot(long index) {
    if (index < FIRST) {
      return (int) index;
    }
    if (index >= 2 * LARGEST) {
      return (int) (index & (LARGEST - 1));
    }
    return (int) (index ^ Long.highestOneBit(index));
  }

  @Override
  public void close() {
    parts.clear();
    capacity = 0;
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
