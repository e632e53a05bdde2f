package dev.sidewal.store;

import static dev.sidewal.store.S3Stub.error;
import static dev.sidewal.store.S3Stub.status;
import static dev.sidewal.store.S3Stub.xml;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** How the rules of a bucket travel, and what stores without rules answer. */
@Timeout(30)
class S3BucketLifecycleTest {

  private static final StaticCredentialsProvider CREDENTIALS =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "very-secret"));
  private static final String RULES =
      """
      <LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
       <Rule><ID>a &amp; ä</ID><Novelty>unheard of</Novelty></Rule>
      </LifecycleConfiguration>
      """;

  private static S3BucketLifecycle open(S3Stub stub) {
    return S3BucketLifecycle.open(stub.url(), CREDENTIALS, S3Stub.IMPATIENT);
  }

  @Test
  void rulesAreReadToTheLetter() throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  exchange
                      .getResponseHeaders()
                      .add("x-amz-transition-default-minimum-object-size", "from_the_future");
                  xml(exchange, 200, RULES);
                });
        S3BucketLifecycle bucket = open(stub)) {
      LifecycleConfiguration found = bucket.read().orElseThrow();
      assertThat(found.xml()).contains("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + RULES);
      assertThat(found.minimumSize()).contains("from_the_future");
    }
  }

  @Test
  void rulesAreWrittenToTheLetter() throws Exception {
    AtomicReference<byte[]> body = new AtomicReference<>();
    AtomicReference<Headers> headers = new AtomicReference<>();
    AtomicReference<String> query = new AtomicReference<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          body.set(exchange.getRequestBody().readAllBytes());
          headers.set(exchange.getRequestHeaders());
          query.set(
              exchange.getRequestURI().getRawPath() + "?" + exchange.getRequestURI().getQuery());
          status(exchange, 200);
          exchange.close();
        });
    server.start();
    ReplicaUrl.S3 url =
        new ReplicaUrl.S3(
            "bucket",
            "prefix",
            Optional.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort())),
            Optional.of("us-east-1"),
            true);
    try (S3BucketLifecycle bucket = S3BucketLifecycle.open(url, CREDENTIALS, S3Stub.IMPATIENT)) {
      bucket.write(
          new LifecycleConfiguration(Optional.of(RULES), Optional.of("varies_by_storage_class")));
    } finally {
      server.stop(0);
    }
    assertThat(query.get()).isEqualTo("/bucket?lifecycle");
    assertThat(new String(body.get(), UTF_8)).isEqualTo(RULES);
    assertThat(headers.get().getFirst("Content-MD5"))
        .isEqualTo(
            Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("MD5").digest(RULES.getBytes(UTF_8))));
    // The SDK adds one of its own; both have to be about what is really sent.
    CRC32 crc = new CRC32();
    crc.update(RULES.getBytes(UTF_8));
    assertThat(headers.get().getFirst("x-amz-checksum-crc32"))
        .isEqualTo(
            Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array()));
    assertThat(headers.get().getFirst("x-amz-transition-default-minimum-object-size"))
        .isEqualTo("varies_by_storage_class");
  }

  @Test
  void aBucketMayHaveNoRules() throws Exception {
    try (S3Stub stub =
            new S3Stub(exchange -> error(exchange, 404, "NoSuchLifecycleConfiguration"));
        S3BucketLifecycle bucket = open(stub)) {
      assertThat(bucket.read()).contains(LifecycleConfiguration.NONE);
    }
  }

  @ParameterizedTest
  @CsvSource({"501, NotImplemented", "405, MethodNotAllowed", "400, NotImplemented", "404, ''"})
  void aStoreMayHaveNoRulesAtAll(int status, String code) throws Exception {
    try (S3Stub stub = new S3Stub(exchange -> error(exchange, status, code));
        S3BucketLifecycle bucket = open(stub)) {
      assertThat(bucket.read()).isEmpty();
      assertThat(bucket.versioning()).isEqualTo(BucketVersioning.UNKNOWN);
    }
  }

  @Test
  void aStoreThatOverlooksTheQuestionHasNoRules() throws Exception {
    try (S3Stub stub = new S3Stub(S3Stub::emptyListing);
        S3BucketLifecycle bucket = open(stub)) {
      assertThat(bucket.read()).isEmpty();
    }
  }

  @Test
  void aMissingBucketIsNoStoreWithoutRules() throws Exception {
    try (S3Stub stub = new S3Stub(exchange -> error(exchange, 404, "NoSuchBucket"));
        S3BucketLifecycle bucket = open(stub)) {
      assertThat(catchThrowableOfType(StoreException.class, bucket::read))
          .hasMessageContaining("bucket 'bucket' does not exist");
    }
  }

  @Test
  void aDenialNamesThePermission() throws Exception {
    try (S3Stub stub = new S3Stub(exchange -> error(exchange, 403, "AccessDenied"));
        S3BucketLifecycle bucket = open(stub)) {
      assertThat(catchThrowableOfType(StoreDeniedException.class, bucket::read))
          .hasMessageStartingWith("Could not read the lifecycle rules for s3://bucket/prefix")
          .hasMessageContaining("s3:GetLifecycleConfiguration");
      LifecycleConfiguration rules =
          new LifecycleConfiguration(Optional.of(RULES), Optional.empty());
      assertThat(catchThrowableOfType(StoreDeniedException.class, () -> bucket.write(rules)))
          .hasMessageContaining("s3:PutLifecycleConfiguration");
      assertThat(bucket.versioning()).isEqualTo(BucketVersioning.UNKNOWN);
    }
  }

  @Test
  void anAnswerThatBreaksOffIsAskedForAgain() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (asked.incrementAndGet() == 1) {
                    exchange.sendResponseHeaders(200, 5000);
                    exchange.getResponseBody().write(RULES.substring(0, 90).getBytes(UTF_8));
                    exchange.getResponseBody().flush();
                  } else {
                    xml(exchange, 200, RULES);
                  }
                });
        S3BucketLifecycle bucket = open(stub)) {
      assertThat(bucket.read().orElseThrow().xml().orElseThrow()).endsWith(RULES);
      assertThat(asked).hasValue(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"'', OFF", "Enabled, ON", "Suspended, ON"})
  void versioningMayNeverHaveBeenOn(String status, BucketVersioning expected) throws Exception {
    String body = status.isEmpty() ? "" : "<Status>" + status + "</Status>";
    try (S3Stub stub =
            new S3Stub(
                exchange ->
                    xml(
                        exchange,
                        200,
                        "<VersioningConfiguration>" + body + "</VersioningConfiguration>"));
        S3BucketLifecycle bucket = open(stub)) {
      assertThat(bucket.versioning()).isEqualTo(expected);
    }
  }
}
