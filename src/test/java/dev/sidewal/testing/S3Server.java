package dev.sidewal.testing;

import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.store.S3ObjectStore;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketAlreadyOwnedByYouException;

/**
 * A running S3 server with a bucket, for whatever a test wants to do with a real store. Tests share
 * a server and keep apart by prefixes. Closing stops it.
 */
public interface S3Server extends AutoCloseable {

  /** The access key that the servers started by tests know. */
  String ACCESS_KEY = "sidewal-test";

  /** Its secret. */
  String SECRET_KEY = "sidewal-test-secret";

  /** The bucket that the servers started by tests have. */
  String BUCKET = "sidewal-test-bucket";

  /** Returns where the server answers. */
  URI endpoint();

  /** Returns the bucket to use. */
  default String bucket() {
    return BUCKET;
  }

  /** Returns the region to sign for. */
  default String region() {
    return "us-east-1";
  }

  /** Returns credentials for a store opened in this process. */
  default AwsCredentialsProvider credentials() {
    return StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY));
  }

  /** Returns what the environment of a child process needs to use the server. */
  default Map<String, String> environment() {
    return Map.of(
        "AWS_ACCESS_KEY_ID",
        ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY",
        SECRET_KEY,
        "AWS_REGION",
        "us-east-1",
        "AWS_EC2_METADATA_DISABLED",
        "true");
  }

  /**
   * Makes the server's credentials those of the SDK's default chain in this JVM, for code that
   * opens stores by URL. All servers started by tests know the same ones, so that it does no harm
   * to do it twice.
   */
  default void useInThisJvm() {
    System.setProperty("aws.accessKeyId", ACCESS_KEY);
    System.setProperty("aws.secretAccessKey", SECRET_KEY);
    System.setProperty("aws.region", "us-east-1");
  }

  /** Returns the URL of a place in the bucket. */
  default ReplicaUrl.S3 url(String prefix) {
    return new ReplicaUrl.S3(
        bucket(), prefix, Optional.of(endpoint()), Optional.of(region()), true);
  }

  /** Opens a store at a place in the bucket. */
  default S3ObjectStore open(String prefix) {
    return S3ObjectStore.open(url(prefix), credentials());
  }

  /** Opens a plain client, for looking behind the store's back. */
  default S3Client client() {
    return S3Client.builder()
        .endpointOverride(endpoint())
        .region(Region.of(region()))
        .forcePathStyle(true)
        .credentialsProvider(credentials())
        .httpClient(UrlConnectionHttpClient.create())
        .build();
  }

  /** Makes the bucket if it is not there. */
  default void createBucket() {
    try (S3Client client = client()) {
      client.createBucket(r -> r.bucket(bucket()));
    } catch (BucketAlreadyOwnedByYouException e) {
      return; // That is what was wanted.
    }
  }

  @Override
  void close();
}
