package dev.sidewal.segment;

import java.io.EOFException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** An object in memory that counts requests and bytes. */
final class MemorySource implements SegmentSource {

  private final byte[] bytes;
  final AtomicInteger requests = new AtomicInteger();
  final AtomicLong bytesRead = new AtomicLong();

  MemorySource(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public String name() {
    return "generations/00000001/segments/test.segment";
  }

  @Override
  public long length() {
    return bytes.length;
  }

  @Override
  public void read(long position, byte[] target, int offset, int length) throws EOFException {
    // A reader must never ask for what is not there.
    if (position < 0 || length < 0 || position > bytes.length - length) {
      throw new IllegalArgumentException(position + " + " + length + " of " + bytes.length);
    }
    requests.incrementAndGet();
    bytesRead.addAndGet(length);
    System.arraycopy(bytes, (int) position, target, offset, length);
  }
}
