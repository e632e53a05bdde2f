package dev.sidewal.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.GetBucketLifecycleConfigurationResponse;

/**
 * The lifecycle rules of an S3 bucket, byte for byte as the store has them ({@link RawXml}). An
 * answer that is no such document comes from a store that overlooked the {@code ?lifecycle} in the
 * request, and so has no rules.
 */
public final class S3BucketLifecycle implements BucketLifecycle {

  private static final int ATTEMPTS = 3;
  private static final Pattern DOCUMENT =
      Pattern.compile(
          "^\\s*(<\\?xml[^>]*\\?>)?\\s*(<!--.*?-->\\s*)*<(\\w+:)?LifecycleConfiguration[\\s/>]",
          Pattern.DOTALL);

  private final ReplicaUrl.S3 url;
  private final S3Client client;
  private final Runnable closeCredentials;
  private final S3Failures failures;

  private S3BucketLifecycle(
      ReplicaUrl.S3 url,
      AwsCredentialsProvider credentials,
      S3Settings settings,
      Runnable closeCredentials) {
    this.url = url;
    this.client = S3Clients.open(url, credentials, settings, new RawXml());
    this.closeCredentials = closeCredentials;
    this.failures = new S3Failures(url);
  }

  /**
   * Opens the rules of the bucket that a URL names, with the SDK's default credentials. Nothing is
   * asked yet.
   */
  public static S3BucketLifecycle open(ReplicaUrl.S3 url) {
    DefaultCredentialsProvider credentials = DefaultCredentialsProvider.builder().build();
    return new S3BucketLifecycle(url, credentials, S3Settings.DEFAULT, credentials::close);
  }

  /** Opens them with given credentials, which stay the caller's to close. */
  public static S3BucketLifecycle open(ReplicaUrl.S3 url, AwsCredentialsProvider credentials) {
    return open(url, credentials, S3Settings.DEFAULT);
  }

  static S3BucketLifecycle open(
      ReplicaUrl.S3 url, AwsCredentialsProvider credentials, S3Settings settings) {
    return new S3BucketLifecycle(url, credentials, settings, () -> {});
  }

  @Override
  public String location() {
    return url.toString();
  }

  @Override
  public Optional<LifecycleConfiguration> read() {
    for (int attempt = 1; ; attempt++) {
      AtomicReference<byte[]> body = new AtomicReference<>(new byte[0]);
      try {
        GetBucketLifecycleConfigurationResponse response =
            client.getBucketLifecycleConfiguration(
                r -> r.bucket(url.bucket()).overrideConfiguration(RawXml.receive(body)));
        String xml = new String(body.get(), UTF_8);
        return DOCUMENT.matcher(xml).find()
            ? Optional.of(
                new LifecycleConfiguration(
                    Optional.of(xml),
                    Optional.ofNullable(response.transitionDefaultMinimumObjectSizeAsString())))
            : Optional.empty();
      } catch (SdkException e) {
        if (S3Failures.hasNoRules(e)) {
          return Optional.of(LifecycleConfiguration.NONE);
        }
        if (S3Failures.isUnsupported(e) || S3Failures.isNotFound(e)) {
          return Optional.empty();
        }
        // Cut off, perhaps: the HTTP client takes that for an end.
        if (attempt == ATTEMPTS || !S3Failures.isUnreadable(e)) {
          throw failures.report(S3Failures.Operation.READ_RULES, "", e);
        }
      }
    }
  }

  @Override
  public void write(LifecycleConfiguration configuration) {
    byte[] xml =
        configuration
            .xml()
            .orElseThrow(() -> new IllegalArgumentException("no rules to write"))
            .getBytes(UTF_8);
    try {
      client.putBucketLifecycleConfiguration(
          r -> {
            r.bucket(url.bucket())
                .lifecycleConfiguration(c -> {}) // RawXml sends the rules.
                .overrideConfiguration(RawXml.send(xml));
            configuration.minimumSize().ifPresent(r::transitionDefaultMinimumObjectSize);
          });
    } catch (SdkException e) {
      throw failures.report(S3Failures.Operation.WRITE_RULES, "", e);
    }
  }

  @Override
  public void delete() {
    try {
      client.deleteBucketLifecycle(r -> r.bucket(url.bucket()));
    } catch (SdkException e) {
      throw failures.report(S3Failures.Operation.WRITE_RULES, "", e);
    }
  }

  @Override
  public BucketVersioning versioning() {
    try {
      // Nothing is said of a bucket whose versioning was never on.
      BucketVersioningStatus status =
          client.getBucketVersioning(r -> r.bucket(url.bucket())).status();
      return Optional.ofNullable(status).isPresent() ? BucketVersioning.ON : BucketVersioning.OFF;
    } catch (SdkException e) {
      if (S3Failures.isUnsupported(e) || S3Failures.isDenied(e) || S3Failures.isNotFound(e)) {
        return BucketVersioning.UNKNOWN;
      }
      throw failures.report(S3Failures.Operation.READ_RULES, "", e);
    }
  }

  @Override
  public void close() {
    client.close();
    closeCredentials.run();
  }
}
