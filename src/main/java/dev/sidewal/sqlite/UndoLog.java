package dev.sidewal.sqlite;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * What the entries of a page table were before they changed, since a mark was set: so that the
 * table can be brought back to what it was at the mark, by this process or by the next one.
 *
 * <p>Invariants: an entry is in the log before the table changes; the log belongs to the mark whose
 * number it carries, and to no other. A process that is killed leaves its memory-mapped writes in
 * the order of the program, for which the fences below stand; a machine that loses power does not,
 * and then the table's checksum tells. Not safe for use by several threads.
 */
final class UndoLog implements AutoCloseable {

  private static final int MARK = 0;
  private static final int COUNT = 1;
  private static final int FIRST = 2;
  private static final int ENTRY = 3;

  /** Takes one entry back. */
  interface Restorer {
    void restore(long page, long hash, long origin) throws IOException;
  }

  private final LongTable table;

  private UndoLog(LongTable table) {
    this.table = table;
  }

  static UndoLog create(Path file) throws IOException {
    LongTable table = new LongTable(file);
    try {
      table.ensure(FIRST);
      return new UndoLog(table);
    } catch (IOException e) {
      table.close();
      throw e;
    }
  }

  static UndoLog reopen(Path file) throws IOException {
    LongTable table = LongTable.reopen(file);
    if (table.capacity() <= FIRST) {
      table.close();
      throw new IOException(file + " is too short");
    }
    return new UndoLog(table);
  }

  /** Begins anew: from here on the log belongs to this mark. */
  void begin(long mark) {
    table.put(COUNT, 0);
    VarHandle.fullFence();
    table.put(MARK, mark);
    VarHandle.fullFence();
  }

  /** Returns the mark that the log belongs to. */
  long mark() {
    return table.get(MARK);
  }

  /** Notes what an entry is, before it changes. */
  void note(long page, long hash, long origin) throws IOException {
    long count = table.get(COUNT);
    long at = FIRST + count * ENTRY;
    table.ensure(at + ENTRY);
    table.put(at, page);
    table.put(at + 1, hash);
    table.put(at + 2, origin);
    VarHandle.releaseFence();
    table.put(COUNT, count + 1);
    VarHandle.releaseFence();
  }

  /** Takes all changes since the mark back, the last one first. */
  void takeBack(Restorer restorer) throws IOException {
    long count = table.get(COUNT);
    if (count < 0 || FIRST + count * ENTRY > table.capacity()) {
      throw new IOException("an undo log with " + count + " entries");
    }
    for (long i = count - 1; i >= 0; i--) {
      long at = FIRST + i * ENTRY;
      restorer.restore(table.get(at), table.get(at + 1), table.get(at + 2));
    }
  }

  @Override
  public void close() {
    table.close();
  }
}
