package dev.sidewal.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An object on its way into a {@link FileObjectStore}: a temporary file until it is complete. */
final class FileUpload implements ObjectUpload {

  private static final Logger log = LoggerFactory.getLogger(FileUpload.class);

  private final FileObjectStore store;
  private final String key;
  private final Path target;
  private final Path temporary;
  private final FileChannel channel;
  private boolean ended;

  FileUpload(FileObjectStore store, String key, Path target, Path temporary) throws IOException {
    this.store = store;
    this.key = key;
    this.target = target;
    this.temporary = temporary;
    this.channel = FileChannel.open(temporary, StandardOpenOption.WRITE);
  }

  @Override
  public void write(byte[] source, int offset, int length) {
    requireOpen();
    try {
      long before = channel.position();
      try {
        ByteBuffer bytes = ByteBuffer.wrap(source, offset, length);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      } catch (IOException e) {
        channel.truncate(before);
        throw e;
      }
    } catch (IOException e) {
      throw store.failure("write " + key, e);
    }
  }

  @Override
  public PutOutcome complete() {
    requireOpen();
    try {
      if (channel.isOpen()) {
        channel.force(true);
        channel.close();
      }
      PutOutcome outcome = store.publish(temporary, target);
      close();
      return outcome;
    } catch (IOException e) {
      throw store.failure("write " + key, e);
    }
  }

  @Override
  public void close() {
    if (ended) {
      return;
    }
    ended = true;
    try {
      channel.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      log.warn("Could not remove {}; a later start will.", temporary, e);
    }
  }

  private void requireOpen() {
    if (ended) {
      throw new IllegalStateException("the upload of " + key + " has ended");
    }
  }
}
