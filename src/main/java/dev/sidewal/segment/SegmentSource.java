package dev.sidewal.segment;

import java.io.IOException;

/** Positional access to the bytes of one stored object. Safe for use by several threads. */
public interface SegmentSource {

  /** Returns the object's name for messages. */
  String name();

  /** Returns the object's length in bytes. */
  long length();

  /**
   * Reads exactly {@code length} bytes.
   *
   * @throws java.io.EOFException if the object ends before
   */
  void read(long position, byte[] target, int offset, int length) throws IOException;
}
