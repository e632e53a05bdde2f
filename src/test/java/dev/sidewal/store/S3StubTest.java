package dev.sidewal.store;

import static dev.sidewal.store.S3Stub.answerUpload;
import static dev.sidewal.store.S3Stub.emptyListing;
import static dev.sidewal.store.S3Stub.error;
import static dev.sidewal.store.S3Stub.found;
import static dev.sidewal.store.S3Stub.status;
import static dev.sidewal.store.S3Stub.xml;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sidewal.error.StoreException;
import dev.sidewal.testing.GeneratedPayload;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** Answers to writes that are legal but rare, and some that are plainly wrong. */
@Timeout(30)
class S3StubTest {

  private static final Payload TEN = Payload.of("0123456789".getBytes(UTF_8));

  @ParameterizedTest
  @CsvSource({"501, NotImplemented", "400, InvalidArgument", "400, ''"})
  void aStoreThatRefusesTheHeaderIsAskedFirst(int refusal, String code) throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (exchange.getRequestHeaders().containsKey("If-None-Match")) {
                    error(exchange, refusal, code);
                  } else {
                    switch (exchange.getRequestMethod()) {
                      case "PUT" -> status(exchange, 200);
                      case "HEAD" -> status(exchange, 404);
                      default -> emptyListing(exchange);
                    }
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.putIfAbsent("a", TEN)).isEqualTo(PutOutcome.CREATED);
      assertThat(store.putIfAbsent("b", TEN)).isEqualTo(PutOutcome.CREATED);

      // The GET lists: only it can tell a missing object from a missing bucket.
      assertThat(stub.requests())
          .containsExactly("PUT conditional", "HEAD", "GET", "PUT", "HEAD", "PUT");
    }
  }

  @Test
  void aRefusalOfTheWriteItselfIsNotTakenForOneOfTheHeader() throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  switch (exchange.getRequestMethod()) {
                    case "PUT" -> error(exchange, 400, "InvalidRequest");
                    case "HEAD" -> status(exchange, 404);
                    default -> emptyListing(exchange);
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThatThrownBy(() -> store.putIfAbsent("a", TEN))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("InvalidRequest");
      assertThatThrownBy(() -> store.putIfAbsent("a", TEN)).isInstanceOf(StoreException.class);

      assertThat(stub.requests().stream().filter("PUT conditional"::equals)).hasSize(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"200, IGNORED", "412, ENFORCED", "501, UNSUPPORTED"})
  void theProbeTellsStoresApart(int answer, ConditionalPut expected) throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  boolean conditional = exchange.getRequestHeaders().containsKey("If-None-Match");
                  if (exchange.getRequestMethod().equals("HEAD")) {
                    found(exchange, 10);
                  } else if (conditional && answer != 200) {
                    error(exchange, answer, "");
                  } else {
                    status(exchange, 200);
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.probeConditionalPut("a", TEN)).isEqualTo(expected);
      int probed = stub.requests().size();

      assertThat(store.putIfAbsent("a", TEN)).isEqualTo(PutOutcome.ALREADY_EXISTS);

      assertThat(stub.requests().subList(probed, stub.requests().size()))
          .containsExactly(expected == ConditionalPut.ENFORCED ? "PUT conditional" : "HEAD");
    }
  }

  @Test
  void bodiesArePlainSignedAndChecked() throws Exception {
    List<Map<String, List<String>>> puts = Collections.synchronizedList(new ArrayList<>());
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (exchange.getRequestMethod().equals("PUT")) {
                    puts.add(Map.copyOf(exchange.getRequestHeaders()));
                  }
                  answerUpload(exchange);
                });
        S3ObjectStore store = stub.open()) {
      store.putIfAbsent("small", TEN);
      store.putIfAbsent("large", Payload.of(new byte[(16 << 20) + 1]));

      assertThat(puts).hasSize(4);
      assertThat(puts)
          .allSatisfy(
              headers -> {
                assertThat(headers).containsKeys("Content-md5", "Content-length", "Authorization");
                assertThat(headers)
                    .doesNotContainKeys("Expect", "Transfer-encoding", "Content-encoding");
                assertThat(headers.keySet())
                    .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("x-amz-checksum"))
                    .noneMatch(name -> name.equalsIgnoreCase("x-amz-trailer"));
                // The body's own SHA-256, not a chunked or unsigned payload.
                assertThat(headers.get("X-amz-content-sha256").get(0)).matches("[0-9a-f]{64}");
                assertThat(headers.get("Authorization").get(0)).contains("content-md5");
              });
      assertThat(puts.get(0).get("Content-md5")).containsExactly("eB5eJF1ptWaXm4bijSPyxw==");
      assertThat(puts.get(0).get("Content-length")).containsExactly("10");
    }
  }

  @Test
  void anUploadThatNobodyTakesEnds() throws Exception {
    // A server socket that is never accepted from: its buffers fill, and a write blocks for ever.
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        S3ObjectStore store =
            S3ObjectStore.open(
                new ReplicaUrl.S3(
                    "bucket",
                    "",
                    Optional.of(URI.create("http://127.0.0.1:" + deaf.getLocalPort())),
                    Optional.of("us-east-1"),
                    true),
                StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")),
                new S3Settings(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Duration.ofMillis(300),
                    Long.MAX_VALUE,
                    1,
                    Duration.ofMillis(1)))) {
      StoreException e =
          catchThrowableOfType(
              StoreException.class,
              () -> store.putIfAbsent("a", new GeneratedPayload(1, 16 << 20)));
      assertThat(e).hasMessageContaining("did not answer in time");
      assertThat(e.retriable()).isTrue();
    }
  }

  @Test
  void aConflictIsTriedAgain() throws Exception {
    AtomicInteger puts = new AtomicInteger();
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (puts.incrementAndGet() < 3) {
                    error(exchange, 409, "ConditionalRequestConflict");
                  } else {
                    error(exchange, 412, "PreconditionFailed");
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.putIfAbsent("a", TEN)).isEqualTo(PutOutcome.ALREADY_EXISTS);
      assertThat(puts).hasValue(3);
    }
  }

  @Test
  void aConflictWithoutEndIsGivenUp() throws Exception {
    try (S3Stub stub = new S3Stub(exchange -> error(exchange, 409, "ConditionalRequestConflict"));
        S3ObjectStore store = stub.open()) {
      StoreException e =
          catchThrowableOfType(StoreException.class, () -> store.putIfAbsent("a", TEN));
      assertThat(e.retriable()).isTrue();
      assertThat(stub.requests()).hasSize(5);
    }
  }

  @Test
  void aPassingFailureIsTriedAgain() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (requests.incrementAndGet() < 3) {
                    error(exchange, 503, "SlowDown");
                  } else {
                    status(exchange, 200);
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.putIfAbsent("a", TEN)).isEqualTo(PutOutcome.CREATED);
      assertThat(stub.requests()).hasSize(3);
    }
  }

  @Test
  void aLostAnswerIsLookedUp() throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (exchange.getRequestMethod().equals("HEAD")) {
                    found(exchange, 10);
                  } // Else it is closed without an answer.
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.putIfAbsent("a", TEN)).isEqualTo(PutOutcome.ALREADY_EXISTS);
      assertThat(stub.requests())
          .containsExactly("PUT conditional", "PUT conditional", "PUT conditional", "HEAD");
    }
  }

  @Test
  void a401ToAWriteIsADenial() throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"x\"");
                  status(exchange, 401);
                });
        S3ObjectStore store = stub.open()) {
      StoreException e =
          catchThrowableOfType(StoreException.class, () -> store.putIfAbsent("a", TEN));
      assertThat(e).hasMessageContaining("s3:PutObject").hasMessageContaining("401");
      assertThat(e.retriable()).isFalse();
    }
  }

  @Test
  void noETagIsNeeded() throws Exception {
    AtomicInteger completed = new AtomicInteger();
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (exchange.getRequestMethod().equals("POST")
                      && exchange.getRequestURI().getQuery().contains("uploadId")) {
                    completed.incrementAndGet();
                  }
                  answerUpload(exchange);
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.putIfAbsent("small", TEN)).isEqualTo(PutOutcome.CREATED);
      assertThat(store.putIfAbsent("large", Payload.of(new byte[(16 << 20) + 1])))
          .isEqualTo(PutOutcome.CREATED);
      assertThat(completed).hasValue(1);
      assertThat(stub.requests())
          .containsExactly(
              "PUT conditional", "HEAD", "POST", "PUT", "PUT", "PUT", "HEAD", "POST conditional");
    }
  }

  @Test
  void aFailedPartAbortsTheUpload() throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  switch (exchange.getRequestMethod()) {
                    case "POST" ->
                        xml(
                            exchange,
                            200,
                            "<InitiateMultipartUploadResult><UploadId>u1</UploadId>"
                                + "</InitiateMultipartUploadResult>");
                    case "DELETE" -> status(exchange, 204);
                    default -> error(exchange, 403, "AccessDenied");
                  }
                });
        S3ObjectStore store = stub.open()) {
      ObjectUpload upload = store.newUpload("a");
      assertThatThrownBy(() -> upload.write(new byte[9 << 20], 0, 9 << 20))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("s3:PutObject");

      // Nothing was taken, so that it can be tried again.
      assertThat(stub.requests()).containsExactly("POST", "PUT");
      upload.close();
      assertThat(stub.requests()).containsExactly("POST", "PUT", "DELETE");
    }
  }
}
