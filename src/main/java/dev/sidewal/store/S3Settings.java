package dev.sidewal.store;

import java.time.Duration;

/**
 * How patient the S3 client is.
 *
 * @param connectTimeout for one TCP connection
 * @param readTimeout for the next bytes in either direction: after such a silence a request is
 *     given up, and not sent again ({@link WatchedHttpClient})
 * @param attemptTimeout for one whole attempt of a request, before the allowance for its body
 * @param slowestUpload bytes a second, below which an upload is given up though it moves
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
          4 << 10,
          3,
          Duration.ofMillis(50));

  /** Returns how long one attempt with a body of so many bytes may take. */
  Duration attemptTimeout(long bodyBytes) {
    return attemptTimeout.plusSeconds(bodyBytes / slowestUpload);
  }
}
