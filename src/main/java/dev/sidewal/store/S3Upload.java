package dev.sidewal.store;

import dev.sidewal.error.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * An object of unknown length on its way into a bucket. One part is buffered; if everything fits
 * into the first, it is written by a single PUT, else by a multipart upload. States: collecting →
 * ended, by complete or by close; whatever ends it other than success aborts the multipart upload.
 *
 * <p>Invariant: a call that fails because of the store has changed nothing, and may be made again.
 */
final class S3Upload implements ObjectUpload {

  private static final Logger log = LoggerFactory.getLogger(S3Upload.class);

  private final S3Writer writer;
  private final String key;
  private final PartBuffer buffer = new PartBuffer();
  private final List<CompletedPart> parts = new ArrayList<>();
  private Optional<String> uploadId = Optional.empty();
  private boolean ended;

  S3Upload(S3Writer writer, String key) {
    this.writer = writer;
    this.key = key;
  }

  @Override
  public void write(byte[] source, int offset, int length) {
    requireOpen();
    int done = 0;
    long before = buffer.length();
    boolean sent = false;
    try {
      while (done < length) {
        long free = PartSizes.ofNumber(parts.size() + 1) - buffer.length();
        if (free == 0) {
          sendPart();
          sent = true;
          continue;
        }
        int n = (int) Math.min(free, length - done);
        buffer.append(source, offset + done, n);
        done += n;
      }
    } catch (IOException e) {
      close();
      throw bufferFailed(e);
    } catch (StoreException e) {
      takeBack(before, sent);
      throw e;
    }
  }

  /** Forgets what a failed call has appended; if a part went with it, the upload is lost. */
  private void takeBack(long length, boolean sent) {
    try {
      if (sent) {
        close();
      } else {
        buffer.truncate(length);
      }
    } catch (IOException e) {
      close();
      throw bufferFailed(e);
    }
  }

  @Override
  public PutOutcome complete() {
    requireOpen();
    try {
      PutOutcome outcome;
      if (uploadId.isEmpty()) {
        outcome = writer.put(key, S3Body.of(buffer, 0, buffer.length()));
      } else {
        if (buffer.length() > 0) {
          sendPart();
        }
        outcome = writer.complete(key, uploadId.get(), parts);
        if (outcome == PutOutcome.CREATED) {
          uploadId = Optional.empty();
        }
      }
      close();
      return outcome;
    } catch (IOException e) {
      close();
      throw bufferFailed(e);
    }
  }

  @Override
  public long sentParts() {
    return parts.size();
  }

  @Override
  public void close() {
    if (ended) {
      return;
    }
    ended = true;
    try {
      buffer.close();
    } catch (IOException e) {
      log.warn("Could not remove the temporary file of the upload of {}.", key, e);
    }
    uploadId.ifPresent(id -> writer.abort(key, id));
  }

  private void sendPart() throws IOException {
    if (uploadId.isEmpty()) {
      uploadId = Optional.of(writer.create(key));
    }
    S3Body body = S3Body.of(buffer, 0, buffer.length());
    parts.add(writer.uploadPart(key, uploadId.get(), parts.size() + 1, body));
    buffer.clear();
  }

  private StoreException bufferFailed(IOException e) {
    return new StoreException(
        "Could not buffer a part of "
            + key
            + " in "
            + System.getProperty("java.io.tmpdir")
            + ": "
            + e.getMessage()
            + ". Nothing was written; make room there.",
        true,
        e);
  }

  private void requireOpen() {
    if (ended) {
      throw new IllegalStateException("the upload of " + key + " has ended");
    }
  }
}
