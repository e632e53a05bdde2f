package dev.sidewal.segment;

/**
 * Gathers the ops of one index chunk while pages, blocks and commits come by.
 *
 * <p>A block's op must come before those of its pages, but its stored length is known only when it
 * is complete: so the ops of the open block wait in a buffer of their own.
 */
final class IndexEncoder {

  private final ByteSink chunk = new ByteSink(256);
  private final ByteSink open = new ByteSink(256);
  private final ByteSink run = new ByteSink(256);
  private int runFrames;
  private long previousPage;
  private int blocks;
  private long frames;
  private long transactions;
  private long rawBytes;

  /** Begins a chunk; the arguments are what holds before its first block. */
  void begin(
      long offset, long framesBefore, long openFrames, long txidBefore, long previousMillis) {
    chunk.clear();
    chunk.putVarint(offset);
    chunk.putVarint(framesBefore);
    chunk.putVarint(openFrames);
    chunk.putVarint(txidBefore);
    chunk.putVarint(previousMillis);
    previousPage = 0;
    blocks = 0;
    frames = 0;
    transactions = 0;
    rawBytes = 0;
  }

  /** Adds the next page of the open block. */
  void page(long pageNumber) {
    run.putZigzag(pageNumber - previousPage);
    runFrames++;
    previousPage = pageNumber;
  }

  /** Ends a transaction after the pages so far. */
  void commit(Transaction transaction, long txidStep, long millisStep) {
    endRun();
    open.putByte(SegmentFormat.OP_COMMIT);
    open.putByte(transaction.gap() ? SegmentFormat.FLAG_GAP : 0);
    open.putVarint(txidStep);
    open.putVarint(millisStep);
    open.putVarint(transaction.databasePages());
    open.putVarint(transaction.pages());
    open.putLong(transaction.checksum());
    transactions++;
  }

  /**
   * Ends the open block.
   *
   * @param counted whether its frames must be written down, because its length does not tell them
   */
  void block(int storedLength, int rawLength, int blockFrames, boolean counted) {
    chunk.putByte(SegmentFormat.OP_BLOCK);
    chunk.putVarint(storedLength);
    chunk.putVarint(rawLength);
    if (counted) {
      chunk.putVarint(blockFrames);
    }
    blocks++;
    frames += blockFrames;
    rawBytes += rawLength;
    flushOpen();
  }

  /** Takes commits over that wait for no block. */
  void flushOpen() {
    endRun();
    chunk.putAll(open);
    open.clear();
  }

  private void endRun() {
    if (runFrames > 0) {
      open.putByte(SegmentFormat.OP_PAGES);
      open.putVarint(runFrames);
      open.putAll(run);
      run.clear();
      runFrames = 0;
    }
  }

  /** Returns the bytes of ops that wait for the open block to end. */
  int openBytes() {
    return open.length() + run.length();
  }

  /** Returns the ops of the chunk so far. */
  ByteSink ops() {
    return chunk;
  }

  int blocks() {
    return blocks;
  }

  long frames() {
    return frames;
  }

  long transactions() {
    return transactions;
  }

  /** Returns the raw bytes of the chunk's blocks so far. */
  long rawBytes() {
    return rawBytes;
  }
}
