package dev.sidewal.restore;

import dev.sidewal.segment.SegmentSource;
import java.io.EOFException;
import java.util.Objects;

/** An object that was fetched whole. */
final class MemorySource implements SegmentSource {

  private final String name;
  private final byte[] bytes;

  MemorySource(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long length() {
    return bytes.length;
  }

  @Override
  public void read(long position, byte[] target, int offset, int length) throws EOFException {
    if (position + length > bytes.length) {
      throw new EOFException(name + " has " + bytes.length + " bytes");
    }
    System.arraycopy(bytes, Math.toIntExact(position), target, offset, length);
  }

  /** Returns the array behind it. */
  byte[] bytes() {
    return Objects.requireNonNull(bytes);
  }
}
