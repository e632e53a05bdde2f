package dev.sidewal.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Bytes of a known length that can be read more than once, so that an upload can be retried. */
public interface Payload {

  /** Returns the number of bytes. */
  long length();

  /** Opens a new stream at the first byte; the caller closes it. */
  InputStream open() throws IOException;

  /** Returns a payload over an array, which must not be changed afterwards. */
  static Payload of(byte[] bytes) {
    return new Payload() {
      @Override
      public long length() {
        return bytes.length;
      }

      @Override
      public InputStream open() {
        return new ByteArrayInputStream(bytes);
      }
    };
  }

  /** Returns a payload over a file that is complete and does not change any more. */
  static Payload of(Path file) throws IOException {
    long length = Files.size(file);
    return new Payload() {
      @Override
      public long length() {
        return length;
      }

      @Override
      public InputStream open() throws IOException {
        return Files.newInputStream(file);
      }
    };
  }
}
