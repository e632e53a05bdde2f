package dev.sidewal.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * The body of one PUT or part: a stretch of a payload, with the MD5 by which the store checks what
 * it got. Opened anew for every attempt; no byte of it is held.
 *
 * @param payload what is sent
 * @param offset first byte of the stretch
 * @param length bytes of the stretch
 * @param md5 of the stretch, in base64
 */
record S3Body(Payload payload, long offset, long length, String md5) {

  /** Reads the stretch once for its MD5. */
  static S3Body of(Payload payload, long offset, long length) throws IOException {
    MessageDigest digest;
    try {
      // Not a security measure; Content-MD5 is what all stores check.
      digest = MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
    byte[] buffer = new byte[(int) Math.max(1, Math.min(length, 1 << 16))];
    try (InputStream in = open(payload, offset, length)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return new S3Body(payload, offset, length, Base64.getEncoder().encodeToString(digest.digest()));
  }

  /** Returns the body for a request. */
  RequestBody toRequestBody() {
    return RequestBody.fromContentProvider(
        () -> {
          try {
            return open(payload, offset, length);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        length,
        "application/octet-stream");
  }

  private static InputStream open(Payload payload, long offset, long length) throws IOException {
    InputStream in = payload.open();
    try {
      in.skipNBytes(offset);
      return new ExactInputStream(in, length, "what is uploaded", () -> {});
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }
}
