package dev.sidewal.segment;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Keeps the memory of the last writers that ended for the next ones: a busy database begins a
 * segment every second, and each would allocate up to 9 MiB. Keeps {@value #MOST} at most, however
 * many databases there are. Safe for use by several threads.
 */
final class ContentPool {

  private static final int MOST = 2;

  /** In a smaller heap what is kept here would be missed elsewhere. */
  private static final long LEAST_HEAP = 96L << 20;

  private static final Deque<BlockContent> FREE = new ArrayDeque<>();

  private ContentPool() {}

  /** Returns an empty one. */
  static BlockContent take(int pageSize, int most, boolean patched) {
    synchronized (FREE) {
      for (BlockContent content : FREE) {
        if (content.isFor(pageSize, most, patched)) {
          FREE.remove(content);
          return content;
        }
      }
    }
    return new BlockContent(pageSize, most, patched);
  }

  /** Takes one back that nobody uses any more. */
  static void give(BlockContent content) {
    if (Runtime.getRuntime().maxMemory() < LEAST_HEAP) {
      return;
    }
    content.reset();
    synchronized (FREE) {
      if (FREE.size() == MOST) {
        FREE.removeFirst();
      }
      FREE.addLast(content);
    }
  }
}
