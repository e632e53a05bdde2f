package dev.sidewal.store;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpRetryException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Reads what the SDK throws: recognises the answers that are no failures, and turns the others into
 * a message for the operator. Decides by status, error code and exception type, never by text.
 */
final class S3Failures {

  /** What was asked of the store, with the permission that it takes. */
  enum Operation {
    LIST("list", "s3:ListBucket"),
    HEAD("look at", "s3:GetObject, and s3:ListBucket to be told that an object is not there"),
    GET("read", "s3:GetObject, and s3:ListBucket to be told that an object is not there"),
    PUT("write", "s3:PutObject"),
    DELETE("delete", "s3:DeleteObject"),
    TAG("tag", "s3:PutObjectTagging and s3:GetObjectTagging"),
    READ_RULES("read the lifecycle rules for", "s3:GetLifecycleConfiguration"),
    WRITE_RULES("change the lifecycle rules for", "s3:PutLifecycleConfiguration");

    private final String verb;
    private final String permission;

    Operation(String verb, String permission) {
      this.verb = verb;
      this.permission = permission;
    }
  }

  /** How a store may answer a write that carries {@code If-None-Match: *}. */
  enum WriteRefusal {
    /** 412: there is an object. */
    EXISTS,
    /** 409: another write to the same key is under way. */
    CONFLICT,
    /** Probably the header itself is refused. */
    HEADER,
    /** 404: the multipart upload is gone. */
    NO_UPLOAD,
    /** Any other failure. */
    OTHER
  }

  private static final Set<String> HEADER_CODES =
      Set.of("", "NotImplemented", "InvalidArgument", "InvalidRequest", "UnsupportedOperation");
  private static final Set<String> CONFLICT_CODES =
      Set.of("", "ConditionalRequestConflict", "OperationAborted");
  private static final Set<String> PASSING_CODES =
      Set.of("RequestTimeout", "SlowDown", "BadDigest", "ExpiredToken", "OperationAborted");
  private static final Set<String> REGION_CODES =
      Set.of("PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect");

  private static final Set<String> UNSUPPORTED_CODES =
      Set.of(
          "NotImplemented",
          "XNotImplemented",
          "MethodNotAllowed",
          "NotSupported",
          "Unsupported",
          "UnsupportedOperation");

  private final ReplicaUrl.S3 url;

  S3Failures(ReplicaUrl.S3 url) {
    this.url = url;
  }

  static WriteRefusal writeRefusal(SdkException e) {
    if (!(e instanceof S3Exception refusal)) {
      return WriteRefusal.OTHER;
    }
    String code = code(refusal);
    return switch (refusal.statusCode()) {
      case 412 -> WriteRefusal.EXISTS;
      case 409 -> CONFLICT_CODES.contains(code) ? WriteRefusal.CONFLICT : WriteRefusal.OTHER;
      case 501, 405 -> WriteRefusal.HEADER;
      case 400 -> HEADER_CODES.contains(code) ? WriteRefusal.HEADER : WriteRefusal.OTHER;
      case 404 -> code.equals("NoSuchUpload") ? WriteRefusal.NO_UPLOAD : WriteRefusal.OTHER;
      default -> WriteRefusal.OTHER;
    };
  }

  /** Returns whether the request may have been carried out though no good answer came. */
  static boolean mayHaveSucceeded(SdkException e) {
    if (e instanceof S3Exception refusal) {
      return refusal.statusCode() >= 500 || refusal.statusCode() == 200;
    }
    return find(e, ConnectException.class).isEmpty()
        && find(e, UnknownHostException.class).isEmpty()
        && find(e, NoRouteToHostException.class).isEmpty()
        && find(e, StoreException.class).isEmpty();
  }

  /**
   * Returns whether an answer began well and its body broke off, which the SDK leaves at one
   * attempt; what it has tried again itself, and silence, is not meant.
   */
  static boolean brokeOff(SdkException e) {
    return !(e instanceof S3Exception)
        && Integer.valueOf(1).equals(e.numAttempts())
        && find(e, StoreException.class).isEmpty()
        && find(e, SilenceException.class).isEmpty()
        && find(e, IOException.class).isPresent();
  }

  /** Returns whether this says that an object is not there, or perhaps that the bucket is not. */
  static boolean isNotFound(SdkException e) {
    return e instanceof S3Exception refusal
        && refusal.statusCode() == 404
        && !code(refusal).equals("NoSuchBucket");
  }

  /** Returns whether a range lies behind the end of an object that is there. */
  static boolean isBehindEnd(SdkException e) {
    return e instanceof S3Exception refusal && refusal.statusCode() == 416;
  }

  /** Returns whether the store says that it does not know such a request at all. */
  static boolean isUnsupported(SdkException e) {
    return e instanceof S3Exception refusal
        && (refusal.statusCode() == 501
            || refusal.statusCode() == 405
            || UNSUPPORTED_CODES.contains(code(refusal)));
  }

  /** Returns whether the answer is well and good as HTTP, and not what was asked for. */
  static boolean isUnreadable(SdkException e) {
    return !(e instanceof S3Exception)
        && find(e, IOException.class).isEmpty()
        && find(e, StoreException.class).isEmpty()
        && find(e, ApiCallAttemptTimeoutException.class).isEmpty();
  }

  /** Returns whether the store does not allow the request. */
  static boolean isDenied(SdkException e) {
    return e instanceof S3Exception refusal && isDenial(refusal.statusCode(), code(refusal));
  }

  /** Returns whether the store says that a bucket has no lifecycle rules. */
  static boolean hasNoRules(SdkException e) {
    return e instanceof S3Exception refusal && code(refusal).equals("NoSuchLifecycleConfiguration");
  }

  /** Returns whether the store says that an object has no tags. */
  static boolean hasNoTags(SdkException e) {
    return e instanceof S3Exception refusal && code(refusal).equals("NoSuchTagSet");
  }

  /** Makes the report of a failure. The key is empty for the place as a whole. */
  StoreException report(Operation operation, String key, SdkException e) {
    Optional<StoreException> explained = find(e, StoreException.class);
    if (explained.isPresent()) {
      return explained.get();
    }
    String what =
        "Could not " + operation.verb + " " + (key.isEmpty() ? url : key + " in " + url) + ": ";
    return e instanceof S3Exception refusal
        ? refused(what, operation, refusal)
        : unreachable(what, operation, e);
  }

  /** Makes the report of an answer that cannot be used. */
  StoreException unusable(Operation operation, String key, String how) {
    return new StoreException(
        "Could not "
            + operation.verb
            + " "
            + (key.isEmpty() ? url : key + " in " + url)
            + ": "
            + how
            + ". The store is not compatible, or something between it and Sidewal changes answers.",
        false,
        null);
  }

  private StoreException refused(String what, Operation operation, S3Exception e) {
    String code = code(e);
    int status = e.statusCode();
    String answer = answer(e);
    String reason =
        switch (code) {
          case "SignatureDoesNotMatch" ->
              "the secret key does not belong to the access key. Check AWS_SECRET_ACCESS_KEY or the"
                  + " profile";
          case "InvalidAccessKeyId" ->
              "the store does not know the access key. Check AWS_ACCESS_KEY_ID or the profile, and"
                  + " that the endpoint is the right store";
          case "ExpiredToken" ->
              "the session credentials have expired. They are asked for again; if they were set by"
                  + " hand, set new ones";
          case "InvalidToken", "TokenRefreshRequired" ->
              "the session token is not valid. Check AWS_SESSION_TOKEN";
          case "RequestTimeTooSkewed" ->
              "the clock of this machine differs too much from the store's. Set it right";
          case "NoSuchBucket" ->
              "the bucket '" + url.bucket() + "' does not exist. Make it, or correct the URL";
          case "SlowDown" -> "the store asks for fewer requests. It is tried again later";
          case "BadDigest" ->
              "the bytes did not arrive as they were sent. Nothing was written; it is tried again";
          default -> "";
        };
    boolean retriable =
        PASSING_CODES.contains(code)
            || status == 429
            || status == 408
            || (status >= 500 && status != 501)
            || (status == 409 && CONFLICT_CODES.contains(code));
    boolean denied = reason.isEmpty() && isDenial(status, code) && !retriable;
    if (reason.isEmpty()) {
      reason = byStatus(operation, status, code, e, retriable);
    }
    String message = what + reason + " (" + answer + ").";
    return denied
        ? new StoreDeniedException(message, e)
        : new StoreException(message, retriable, e);
  }

  private static boolean isElsewhere(int status, String code) {
    return status == 301 || status == 307 || REGION_CODES.contains(code);
  }

  private static boolean isDenial(int status, String code) {
    return (status == 401 || status == 403) && !isElsewhere(status, code);
  }

  private String byStatus(
      Operation operation, int status, String code, S3Exception e, boolean retriable) {
    if (isElsewhere(status, code)) {
      String region =
          header(e, "x-amz-bucket-region")
              .map(name -> "the bucket is in region '" + name + "'. Write region=" + name)
              .orElse("the store says that the region or endpoint is wrong. Correct region=");
      return region + " in the URL, or set AWS_REGION";
    }
    if (isDenial(status, code)) {
      return "access denied. The credentials need "
          + operation.permission
          + " for bucket '"
          + url.bucket()
          + "'"
          + (url.prefix().isEmpty() ? "" : " below '" + url.prefix() + "/'")
          + "; also check bucket policies";
    }
    if (status == 404) {
      return "the bucket '" + url.bucket() + "' or the upload is not there. Check the URL";
    }
    return retriable
        ? "the store has a passing failure. It is tried again later"
        : "the store refused";
  }

  private StoreException unreachable(String what, Operation operation, SdkException e) {
    String store = url.endpoint().map(Object::toString).orElse("AWS");
    String reason;
    boolean retriable = true;
    Optional<HttpRetryException> unauthorised = find(e, HttpRetryException.class);
    if (unauthorised.isPresent()) {
      // HttpURLConnection hides a 401 to a request with a body in this exception.
      return new StoreDeniedException(
          what
              + "access denied. The credentials need "
              + operation.permission
              + " for bucket '"
              + url.bucket()
              + "' (HTTP "
              + unauthorised.get().responseCode()
              + "): "
              + rootMessage(e)
              + ".",
          e);
    }
    if (find(e, UnknownHostException.class).isPresent()) {
      reason =
          "the host name of "
              + store
              + " cannot be resolved"
              + (url.endpoint().isPresent() && !url.pathStyle()
                  ? ". The bucket is put in front of it; add path-style=true if the store does not"
                      + " serve that"
                  : ". Check the endpoint and DNS");
    } else if (find(e, NoRouteToHostException.class).isPresent()
        || find(e, ConnectException.class).isPresent()) {
      reason = "nothing answers at " + store + ". Check the endpoint, the network and the store";
    } else if (find(e, SSLException.class).isPresent()) {
      reason = "no trusted TLS connection to " + store + ". Check the endpoint and certificates";
      retriable = false;
    } else if (find(e, SilenceException.class).isPresent()) {
      SilenceException silence = find(e, SilenceException.class).get();
      return new StoreException(
          what
              + store
              + " did not answer in time: "
              + silence.getMessage()
              + ". Check the network, anything between here and the store, and the store.",
          true,
          silence);
    } else if (find(e, SocketTimeoutException.class).isPresent()
        || find(e, ApiCallAttemptTimeoutException.class).isPresent()) {
      reason = store + " did not answer in time. Check the network and the store";
    } else {
      reason = "the exchange with " + store + " failed";
    }
    return new StoreException(what + reason + ": " + rootMessage(e) + ".", retriable, e);
  }

  private static String answer(S3Exception e) {
    String code = code(e);
    StringBuilder text = new StringBuilder("HTTP ").append(e.statusCode());
    if (!code.isEmpty()) {
      text.append(' ').append(code);
    }
    Optional.ofNullable(e.awsErrorDetails())
        .map(AwsErrorDetails::errorMessage)
        .filter(message -> !message.isEmpty())
        .ifPresent(message -> text.append(": ").append(message));
    Optional.ofNullable(e.requestId()).ifPresent(id -> text.append(", request ").append(id));
    return text.toString();
  }

  private static String code(S3Exception e) {
    return Optional.ofNullable(e.awsErrorDetails()).map(AwsErrorDetails::errorCode).orElse("");
  }

  private static Optional<String> header(S3Exception e, String name) {
    return Optional.ofNullable(e.awsErrorDetails())
        .map(AwsErrorDetails::sdkHttpResponse)
        .flatMap(response -> response.firstMatchingHeader(name));
  }

  private static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  private static <T extends Throwable> Optional<T> find(Throwable e, Class<T> type) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return Optional.of(type.cast(t));
      }
    }
    return Optional.empty();
  }
}
