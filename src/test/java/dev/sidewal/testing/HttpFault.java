package dev.sidewal.testing;

/**
 * What a {@link FaultyHttpProxy} does to one request.
 *
 * @param kind what
 * @param status of the answer that it makes up, 0 where it makes up none
 * @param code the S3 error code of that answer
 * @param amount bytes of a body, or bytes a second
 */
public record HttpFault(Kind kind, int status, String code, long amount) {

  /** The kinds of fault. */
  public enum Kind {
    /** None: the request and its answer are passed on. */
    PASS,
    /** The proxy answers; the server hears nothing. */
    ANSWER,
    /** The server carries the request out; the client gets another answer. */
    LOST_REPLY_ANSWER,
    /** The server carries the request out; the client's connection is reset. */
    LOST_REPLY_RESET,
    /** The connection is reset; the server hears nothing. */
    RESET,
    /** Both bodies go through at so many bytes a second. */
    SLOW,
    /** The connection is reset after so many bytes of the answer's body. */
    TRUNCATE,
    /** Nothing comes any more after so many bytes of the answer's body. */
    STALL,
    /** Neither is the request's body read nor does an answer ever come. */
    SILENCE
  }

  /** Passes on. */
  public static final HttpFault PASS = of(Kind.PASS, 0);

  /** 403 as S3 words it. */
  public static final HttpFault DENIED = answer(403, "AccessDenied");

  /** 404: the bucket is not there. */
  public static final HttpFault NO_BUCKET = answer(404, "NoSuchBucket");

  /** 404: the object is not there. */
  public static final HttpFault NO_KEY = answer(404, "NoSuchKey");

  /** 429. */
  public static final HttpFault TOO_MANY = answer(429, "TooManyRequests");

  /** 500. */
  public static final HttpFault INTERNAL = answer(500, "InternalError");

  /** 503. */
  public static final HttpFault SLOW_DOWN = answer(503, "SlowDown");

  /** Carried out, then answered with 503. */
  public static final HttpFault LOST_503 =
      new HttpFault(Kind.LOST_REPLY_ANSWER, 503, "ServiceUnavailable", 0);

  /** Carried out, then reset. */
  public static final HttpFault LOST_RESET = of(Kind.LOST_REPLY_RESET, 0);

  /** Reset before it reaches the server. */
  public static final HttpFault RESET = of(Kind.RESET, 0);

  /** Accepted and never answered. */
  public static final HttpFault SILENCE = of(Kind.SILENCE, 0);

  /** An error that the proxy answers by itself, with an S3 error code in its body. */
  public static HttpFault answer(int status, String code) {
    return new HttpFault(Kind.ANSWER, status, code, 0);
  }

  /** Request and answer at so many bytes a second. */
  public static HttpFault slow(long bytesPerSecond) {
    return of(Kind.SLOW, bytesPerSecond);
  }

  /**
   * A reset after so many bytes of the answer's body; a shorter answer comes through whole. The
   * reset may overtake the last bytes.
   */
  public static HttpFault truncate(long bytes) {
    return of(Kind.TRUNCATE, bytes);
  }

  /** Silence after so many bytes of the answer's body; a shorter answer comes through whole. */
  public static HttpFault stall(long bytes) {
    return of(Kind.STALL, bytes);
  }

  private static HttpFault of(Kind kind, long amount) {
    return new HttpFault(kind, 0, "", amount);
  }
}
