package dev.sidewal.store;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ObjectLockEnabled;
import software.amazon.awssdk.services.s3.model.Tag;

/**
 * Tries what a bucket allows, one request after the other, on an object made for that. It judges
 * nothing. Not safe for use by several threads.
 */
public final class S3Trial implements AutoCloseable {

  private static final int ROUND_TRIPS = 3;
  private static final byte[] CONTENT =
      "Written by 'sidewal doctor' to try permissions. It is no part of any history: delete it.\n"
          .getBytes(StandardCharsets.UTF_8);

  private final ReplicaUrl.S3 url;
  private final AwsCredentialsProvider credentials;
  private final Runnable closing;
  private final S3Failures failures;
  private final AtomicReference<String> date = new AtomicReference<>("");
  private final S3Client client;

  private S3Trial(ReplicaUrl.S3 url, AwsCredentialsProvider credentials, Runnable closing) {
    this.url = url;
    this.credentials = credentials;
    this.closing = closing;
    this.failures = new S3Failures(url);
    this.client = S3Clients.open(url, credentials, S3Settings.DEFAULT, new DateKeeper(date));
  }

  /**
   * Opens it with the SDK's default credentials. Nothing is asked yet.
   *
   * @throws dev.sidewal.error.UsageException if no region is known
   */
  public static S3Trial open(ReplicaUrl.S3 url) {
    DefaultCredentialsProvider chain = DefaultCredentialsProvider.builder().build();
    return new S3Trial(url, chain, chain::close);
  }

  /** How an attempt ended. */
  public enum Outcome {
    /** The store did it, or answered that there is nothing. */
    GRANTED,
    /** The store does not allow it. */
    DENIED,
    /** The store does not know such a request. */
    UNSUPPORTED,
    /** Something else went wrong. */
    FAILED
  }

  /**
   * An attempt.
   *
   * @param permission what was tried
   * @param outcome how it ended
   * @param message of the failure; empty text if there was none
   */
  public record Attempt(S3Permission permission, Outcome outcome, String message) {

    /** Checks for nulls. */
    public Attempt {
      Objects.requireNonNull(permission, "permission");
      Objects.requireNonNull(outcome, "outcome");
      Objects.requireNonNull(message, "message");
    }
  }

  /**
   * How the store answers.
   *
   * @param roundTrip the quickest of some small requests
   * @param time what its clock said in the last answer, to the second; empty if it did not say
   */
  public record Answer(Duration roundTrip, Optional<Instant> time) {

    /** Checks for nulls. */
    public Answer {
      Objects.requireNonNull(roundTrip, "roundTrip");
      Objects.requireNonNull(time, "time");
    }
  }

  /**
   * Returns from where the credentials come, without secrets.
   *
   * @throws StoreException if there are none
   */
  public String credentials() {
    try {
      AwsCredentials found = credentials.resolveCredentials();
      String id = found.accessKeyId();
      return provider(found.providerName().orElse(""))
          + ", access key …"
          + id.substring(Math.max(0, id.length() - 4));
    } catch (SdkException e) {
      throw new StoreException(String.valueOf(e.getMessage()), false, e);
    }
  }

  /** The SDK names providers by the codes of its user agent; the last one of several is nearest. */
  private static String provider(String codes) {
    String code = codes.substring(codes.lastIndexOf(',') + 1);
    return switch (code) {
      case "f" -> "Java system properties";
      case "g" -> "the environment";
      case "h", "k", "q" -> "a web identity token";
      case "n", "o", "p" -> "a profile";
      case "r", "s" -> "single sign-on";
      case "v", "w" -> "a process of a profile";
      case "z" -> "the container's endpoint";
      case "0" -> "the instance metadata";
      default -> code.isEmpty() ? "an unnamed provider" : "the provider '" + code + "'";
    };
  }

  /** Returns the region that requests are signed for. */
  public String region() {
    return client.serviceClientConfiguration().region().id();
  }

  /**
   * Asks some small questions; being refused is an answer too.
   *
   * @throws StoreException if the store does not answer at all, or refuses for another reason
   */
  public Answer answer() {
    Duration quickest = Duration.ofDays(1);
    for (int i = 0; i < ROUND_TRIPS; i++) {
      long begin = System.nanoTime();
      Attempt attempt = attempt(S3Permission.LIST, "");
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      quickest = took.compareTo(quickest) < 0 ? took : quickest;
      if (attempt.outcome() == Outcome.FAILED) {
        throw new StoreException(attempt.message(), true, null);
      }
    }
    return new Answer(quickest, time());
  }

  private Optional<Instant> time() {
    try {
      return Optional.of(
          ZonedDateTime.parse(date.get(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Tries one permission; on the object with this key below the replica where it takes one. */
  public Attempt attempt(S3Permission permission, String key) {
    try {
      ask(permission, url.fullKey(key));
      return new Attempt(permission, Outcome.GRANTED, "");
    } catch (SdkException e) {
      if (S3Failures.hasNoRules(e)
          || S3Failures.hasNoTags(e)
          || (permission == S3Permission.GET && S3Failures.isNotFound(e))) {
        return new Attempt(permission, Outcome.GRANTED, "");
      }
      StoreException report = failures.report(operation(permission), key, e);
      Outcome outcome =
          S3Failures.isUnsupported(e)
              ? Outcome.UNSUPPORTED
              : report instanceof StoreDeniedException ? Outcome.DENIED : Outcome.FAILED;
      return new Attempt(permission, outcome, String.valueOf(report.getMessage()));
    }
  }

  private void ask(S3Permission permission, String key) {
    String bucket = url.bucket();
    switch (permission) {
      case LIST -> client.listObjectsV2(r -> r.bucket(bucket).prefix(key).maxKeys(1));
      case GET -> {
        client.headObject(r -> r.bucket(bucket).key(key));
        client.getObjectAsBytes(r -> r.bucket(bucket).key(key));
      }
      case PUT -> client.putObject(r -> r.bucket(bucket).key(key), RequestBody.fromBytes(CONTENT));
      case ABORT_UPLOAD -> {
        String id = client.createMultipartUpload(r -> r.bucket(bucket).key(key)).uploadId();
        client.abortMultipartUpload(r -> r.bucket(bucket).key(key).uploadId(id));
      }
      case PUT_TAGS -> {
        Tag retired = Tag.builder().key("sidewal").value("retired").build();
        client.putObjectTagging(r -> r.bucket(bucket).key(key).tagging(t -> t.tagSet(retired)));
      }
      case GET_TAGS -> client.getObjectTagging(r -> r.bucket(bucket).key(key));
      case READ_RULES -> client.getBucketLifecycleConfiguration(r -> r.bucket(bucket));
      case READ_VERSIONING -> client.getBucketVersioning(r -> r.bucket(bucket));
      case DELETE -> client.deleteObject(r -> r.bucket(bucket).key(key));
    }
  }

  /** Returns whether the bucket has Object Lock; false also if that cannot be told. */
  public boolean hasObjectLock() {
    try {
      return Optional.ofNullable(
              client
                  .getObjectLockConfiguration(r -> r.bucket(url.bucket()))
                  .objectLockConfiguration())
          .filter(lock -> lock.objectLockEnabled() == ObjectLockEnabled.ENABLED)
          .isPresent();
    } catch (SdkException e) {
      return false;
    }
  }

  /** Returns what the object for trying holds. */
  public static Payload payload() {
    return Payload.of(CONTENT.clone());
  }

  private static S3Failures.Operation operation(S3Permission permission) {
    return switch (permission) {
      case LIST -> S3Failures.Operation.LIST;
      case GET -> S3Failures.Operation.GET;
      case PUT, ABORT_UPLOAD -> S3Failures.Operation.PUT;
      case PUT_TAGS, GET_TAGS -> S3Failures.Operation.TAG;
      case READ_RULES, READ_VERSIONING -> S3Failures.Operation.READ_RULES;
      case DELETE -> S3Failures.Operation.DELETE;
    };
  }

  @Override
  public void close() {
    client.close();
    closing.run();
  }

  /** Keeps what the last answer said of the time. */
  private record DateKeeper(AtomicReference<String> date) implements ExecutionInterceptor {

    @Override
    public void afterTransmission(
        Context.AfterTransmission context, ExecutionAttributes attributes) {
      context.httpResponse().firstMatchingHeader("Date").ifPresent(date::set);
    }
  }
}
