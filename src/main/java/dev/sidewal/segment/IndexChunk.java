package dev.sidewal.segment;

import java.time.Instant;
import java.util.AbstractList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * One index chunk: which blocks lie before it, which page each of their frames is, and where
 * transactions end. Frames count from 0 within the chunk. Immutable; safe for use by several
 * threads.
 *
 * <p>Numbers are kept in primitive arrays: a chunk may describe hundreds of thousands of frames.
 */
public final class IndexChunk {

  private final int ordinal;
  private final Start start;
  private final List<BlockEntry> blocks;
  private final int[] pageNumbers;
  private final Commits commits;

  /**
   * What holds before a chunk's first block.
   *
   * @param offset where its first block begins
   * @param frames frames in earlier chunks
   * @param openFrames how many of those belong to the transaction that no earlier chunk ends
   * @param txid the last transaction that an earlier chunk ends; first txid - 1 if none does
   * @param millis the time of that transaction; 0 if there is none
   */
  record Start(long offset, long frames, long openFrames, long txid, long millis) {}

  /** The commits of a chunk, one array a column; none is changed after it was handed over. */
  static final class Commits {
    private final int[] endFrames;
    private final long[] txids;
    private final long[] millis;
    private final long[] pages;
    private final long[] databasePages;
    private final long[] checksums;
    private final boolean[] gaps;
    private int count;

    Commits(int capacity) {
      endFrames = new int[capacity];
      txids = new long[capacity];
      millis = new long[capacity];
      pages = new long[capacity];
      databasePages = new long[capacity];
      checksums = new long[capacity];
      gaps = new boolean[capacity];
    }

    int count() {
      return count;
    }

    boolean isFull() {
      return count == endFrames.length;
    }

    int lastEndFrame() {
      return count == 0 ? 0 : endFrames[count - 1];
    }

    void add(int endFrame, Transaction transaction) {
      endFrames[count] = endFrame;
      txids[count] = transaction.txid();
      millis[count] = transaction.time().toEpochMilli();
      pages[count] = transaction.pages();
      databasePages[count] = transaction.databasePages();
      checksums[count] = transaction.checksum();
      gaps[count] = transaction.gap();
      count++;
    }
  }

  IndexChunk(
      int ordinal, Start start, List<BlockEntry> blocks, int[] pageNumbers, Commits commits) {
    this.ordinal = ordinal;
    this.start = start;
    this.blocks = Collections.unmodifiableList(blocks);
    this.pageNumbers = pageNumbers;
    this.commits = commits;
  }

  /** Returns its number in the object, from 0. */
  public int ordinal() {
    return ordinal;
  }

  /** Returns the number of frames in earlier chunks of the object. */
  public long firstFrame() {
    return start.frames();
  }

  /**
   * Returns how many frames of the transaction that ends first in or after this chunk lie in
   * earlier chunks.
   */
  public long openFrames() {
    return start.openFrames();
  }

  /** Returns the last transaction that ends in an earlier chunk; first txid - 1 if none does. */
  public long txidBefore() {
    return start.txid();
  }

  /** Returns its blocks, in order; immutable. */
  public List<BlockEntry> blocks() {
    return blocks;
  }

  /** Returns the number of frames in its blocks. */
  public int frames() {
    return pageNumbers.length;
  }

  /** Returns which page a frame is an image of, 1 to 0xfffffffe. */
  public long pageNumber(int frame) {
    return Integer.toUnsignedLong(pageNumbers[frame]);
  }

  /** Returns the transactions that end in it, in order; immutable, elements are made on access. */
  public List<TransactionEnd> transactions() {
    return new TransactionList();
  }

  /** Returns the number of frames that follow the last transaction's end. */
  public int openAtEnd() {
    return frames() - commits.lastEndFrame();
  }

  Start start() {
    return start;
  }

  private final class TransactionList extends AbstractList<TransactionEnd> implements RandomAccess {
    @Override
    public TransactionEnd get(int i) {
      Objects.checkIndex(i, commits.count);
      int end = commits.endFrames[i];
      long frames = i == 0 ? start.openFrames() + end : end - commits.endFrames[i - 1];
      return new TransactionEnd(
          new Transaction(
              commits.txids[i],
              Instant.ofEpochMilli(commits.millis[i]),
              frames,
              commits.pages[i],
              commits.databasePages[i],
              commits.checksums[i],
              commits.gaps[i]),
          end);
    }

    @Override
    public int size() {
      return commits.count;
    }
  }
}
