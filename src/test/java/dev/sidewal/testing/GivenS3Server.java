package dev.sidewal.testing;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;

/**
 * A store that somebody names by {@code SIDEWAL_TEST_S3_ENDPOINT} and {@code
 * SIDEWAL_TEST_S3_BUCKET}, with the usual variables for credentials. The bucket must be there.
 */
public final class GivenS3Server implements S3Server {

  private final URI endpoint;
  private final String bucket;

  private GivenS3Server(URI endpoint, String bucket) {
    this.endpoint = endpoint;
    this.bucket = bucket;
  }

  /** Returns whether the environment names a store. */
  public static boolean isGiven() {
    return fromEnvironment().isPresent();
  }

  /** Returns the store that the environment names, if it names one. */
  public static Optional<GivenS3Server> fromEnvironment() {
    String endpoint = System.getenv("SIDEWAL_TEST_S3_ENDPOINT");
    String bucket = System.getenv("SIDEWAL_TEST_S3_BUCKET");
    return endpoint == null || bucket == null
        ? Optional.empty()
        : Optional.of(new GivenS3Server(URI.create(endpoint), bucket));
  }

  @Override
  public URI endpoint() {
    return endpoint;
  }

  @Override
  public String bucket() {
    return bucket;
  }

  @Override
  public String region() {
    return Optional.ofNullable(System.getenv("AWS_REGION")).orElse("us-east-1");
  }

  @Override
  public AwsCredentialsProvider credentials() {
    return DefaultCredentialsProvider.builder().build();
  }

  @Override
  public Map<String, String> environment() {
    Map<String, String> variables = new HashMap<>();
    System.getenv()
        .forEach(
            (name, value) -> {
              if (name.startsWith("AWS_")) {
                variables.put(name, value);
              }
            });
    return variables;
  }

  @Override
  public void useInThisJvm() {} // The environment is this JVM's already.

  @Override
  public void close() {}
}
