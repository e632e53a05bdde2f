package dev.sidewal.segment;

import java.util.Arrays;

/** A growing byte buffer that can be used again: big-endian integers and varints. */
final class ByteSink {

  private byte[] bytes;
  private int length;

  ByteSink(int capacity) {
    bytes = new byte[capacity];
  }

  byte[] array() {
    return bytes;
  }

  int length() {
    return length;
  }

  void clear() {
    length = 0;
  }

  void putByte(int value) {
    reserve(1);
    bytes[length++] = (byte) value;
  }

  void putInt(int value) {
    putByte(value >>> 24);
    putByte(value >>> 16);
    putByte(value >>> 8);
    putByte(value);
  }

  void putLong(long value) {
    putInt((int) (value >>> 32));
    putInt((int) value);
  }

  /** Appends an unsigned varint: seven bits a byte, the lowest first. */
  void putVarint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  /** Appends a signed number so that small absolute values take few bytes. */
  void putZigzag(long value) {
    putVarint(value << 1 ^ value >> 63);
  }

  void putAll(ByteSink other) {
    putBytes(other.bytes, 0, other.length);
  }

  void putBytes(byte[] source, int offset, int count) {
    reserve(count);
    System.arraycopy(source, offset, bytes, length, count);
    length += count;
  }

  /** Forgets what lies behind a length. */
  void cut(int to) {
    length = Math.min(length, to);
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
