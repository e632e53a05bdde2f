package dev.sidewal.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Bytes of a known length that can be read more than once, so that an upload can be retried. */
public interface Payload {

  /** Returns the number of bytes. */
  long length();

  /** Opens a new stream at the first byte; the caller closes it. */
  InputStream open() throws IOException;

  /**
   * Returns the file that holds exactly these bytes, is complete, and is never changed again (only
   * removed); empty if there is none. A store on the same file system may then share it.
   */
  default Optional<Path> file() {
    return Optional.empty();
  }

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

  /** Returns a payload over a file that is complete and is not changed any more. */
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

      @Override
      public Optional<Path> file() {
        return Optional.of(file);
      }
    };
  }
}
