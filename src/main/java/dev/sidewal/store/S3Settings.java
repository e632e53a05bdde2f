package dev.sidewal.store;

import java.time.Duration;

/**
 * How patient the S3 client is.
 *
 * @param connectTimeout for one TCP connection
 * @param readTimeout for the next bytes of an answer
 * @param attemptTimeout for one whole attempt of a request, before the allowance for its body
 * @param slowestUpload bytes a second, below which an upload is given up: a socket write knows no
 *     timeout of its own
 * @param attempts how often a request is sent in all when it fails in a passing way, 1 or more
 * @param conflictPause before a write that met another one at the same time is sent again; doubled
 *     each time
 */
record S3Settings(
    Duration connectTimeout,
    Duration readTimeout,
    Duration attemptTimeout,
    long slowestUpload,
    int attempts,
    Duration conflictPause) {

  /** What everybody gets. */
  static final S3Settings DEFAULT =
      new S3Settings(
          Duration.ofSeconds(5),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60),
          64 << 10,
          3,
          Duration.ofMillis(50));

  /** Returns how long one attempt with a body of so many bytes may take. */
  Duration attemptTimeout(long bodyBytes) {
    return attemptTimeout.plusSeconds(bodyBytes / slowestUpload);
  }
}
