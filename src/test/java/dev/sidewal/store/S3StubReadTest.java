package dev.sidewal.store;

import static dev.sidewal.store.S3Stub.await;
import static dev.sidewal.store.S3Stub.error;
import static dev.sidewal.store.S3Stub.listing;
import static dev.sidewal.store.S3Stub.status;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers to reads that are legal but rare, and some that are plainly wrong. */
@Timeout(30)
class S3StubReadTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "503 | SlowDown | true | fewer requests",
        "500 | InternalError | true | passing failure",
        "429 | TooManyRequests | true | passing failure",
        "403 | AccessDenied | false | s3:ListBucket for bucket 'bucket' below 'prefix/'",
        "403 | RequestTimeTooSkewed | false | clock",
        "400 | ExpiredToken | true | expired",
        "404 | NoSuchBucket | false | bucket 'bucket' does not exist",
        "301 | PermanentRedirect | false | region 'eu-north-1'. Write region=eu-north-1",
        "400 | AuthorizationHeaderMalformed | false | region 'eu-north-1'",
      })
  void everyRefusalHasAMessageAndAVerdict(
      int status, String code, boolean retriable, String message) throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  exchange.getResponseHeaders().add("x-amz-bucket-region", "eu-north-1");
                  error(exchange, status, code);
                });
        S3ObjectStore store = stub.open()) {
      StoreException e =
          catchThrowableOfType(StoreException.class, () -> store.list("", info -> {}));
      assertThat(e)
          .hasMessageStartingWith("Could not list s3://bucket/prefix?endpoint=")
          .hasMessageContaining(message)
          .hasMessageContaining("HTTP " + status + " " + code);
      assertThat(e.retriable()).isEqualTo(retriable);
      assertThat(e instanceof StoreDeniedException).isEqualTo(code.equals("AccessDenied"));
      assertThat(e.getMessage()).doesNotContain("very-secret");
    }
  }

  @Test
  void aBodyCutMidWayIsNoEnd() throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  exchange.sendResponseHeaders(200, 100_000);
                  exchange.getResponseBody().write(new byte[40_000]);
                  exchange.getResponseBody().flush();
                });
        S3ObjectStore store = stub.open();
        InputStream in = store.get("a", 0, Long.MAX_VALUE).orElseThrow()) {
      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("broke after 40000 of 100000 bytes");
    }
  }

  @Test
  void aBodyThatStallsIsAnError() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  exchange.sendResponseHeaders(200, 100);
                  exchange.getResponseBody().write(new byte[40]);
                  exchange.getResponseBody().flush();
                  await(done);
                });
        S3ObjectStore store = stub.open();
        InputStream in = store.get("a", 0, Long.MAX_VALUE).orElseThrow()) {
      assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
    } finally {
      done.countDown();
    }
  }

  @Test
  void anAnswerThatNeverComesIsATimeout() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    try (S3Stub stub = new S3Stub(exchange -> await(done));
        S3ObjectStore store = stub.open()) {
      StoreException e = catchThrowableOfType(StoreException.class, () -> store.head("a"));
      assertThat(e).hasMessageContaining("did not answer in time");
      assertThat(e.retriable()).isTrue();
      assertThat(stub.requests()).as("not waited for a second time").hasSize(1);
    } finally {
      done.countDown();
    }
  }

  @ParameterizedTest
  @CsvSource({"bytes 0-3/10", "bytes 2-4/10", "bytes 2-9/10", "nonsense", "''"})
  void aRangeOtherThanTheOneAskedForIsRefused(String contentRange) throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (!contentRange.isEmpty()) {
                    exchange.getResponseHeaders().add("Content-Range", contentRange);
                  }
                  exchange.sendResponseHeaders(contentRange.isEmpty() ? 200 : 206, 4);
                  exchange.getResponseBody().write(new byte[4]);
                });
        S3ObjectStore store = stub.open()) {
      assertThatThrownBy(() -> store.get("a", 2, 4))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("a in s3://bucket/prefix");
    }
  }

  /**
   * A wrong endpoint, a login page of a proxy: taken for an empty listing it would be no backup.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html><body>Welcome</body></html>",
        "<ListBucketResult/>",
        "<ListBucketResult><Name>bucket</Name></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents/></ListBucketResult>",
        "<ListBucketResult><IsTruncated>false</IsTruncated>"
            + "<Contents><Key>prefix/a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>prefix/a</Key>"
            + "<LastModified>2026-11-21T12:00:00.000Z</LastModified><Size>-1</Size></Contents>"
            + "</ListBucketResult>",
      })
  void whatIsNoCompleteListingIsNotAnEmptyOne(String body) throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  exchange.sendResponseHeaders(200, body.isEmpty() ? -1 : body.length());
                  exchange.getResponseBody().write(body.getBytes(US_ASCII));
                });
        S3ObjectStore store = stub.open()) {
      assertThatThrownBy(() -> store.list("", info -> {}))
          .isInstanceOf(StoreException.class)
          .hasMessageStartingWith("Could not list s3://bucket/prefix")
          .hasMessageContaining("not compatible");
    }
  }

  @Test
  void shortAndEmptyPagesAreNoEnd() throws Exception {
    List<String> tokens = new ArrayList<>();
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  String query = exchange.getRequestURI().getQuery();
                  String token =
                      query.contains("continuation-token=")
                          ? query.replaceAll(".*continuation-token=([^&]*).*", "$1")
                          : "";
                  tokens.add(token);
                  switch (token) {
                    case "" -> listing(exchange, "t1", "prefix/a");
                    case "t1" -> listing(exchange, "t2");
                    case "t2" -> listing(exchange, "t3", "prefix/b", "prefix/c");
                    default -> listing(exchange, "", "prefix/d");
                  }
                });
        S3ObjectStore store = stub.open()) {
      List<String> keys = new ArrayList<>();
      store.list("", info -> keys.add(info.key()));

      assertThat(keys).containsExactly("a", "b", "c", "d");
      assertThat(tokens).containsExactly("", "t1", "t2", "t3");
    }
  }

  @Test
  void aListingThatDoesNotAscendOrEndIsRefused() throws Exception {
    try (S3Stub stub = new S3Stub(exchange -> listing(exchange, "", "prefix/b", "prefix/a"));
        S3ObjectStore store = stub.open()) {
      assertThatThrownBy(() -> store.list("", info -> {}))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("must ascend");
    }
    try (S3Stub stub = new S3Stub(exchange -> listing(exchange, "same"));
        S3ObjectStore store = stub.open()) {
      assertThatThrownBy(() -> store.list("", info -> {}))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("same page for ever");
    }
  }

  @Test
  void directoryMarkersAreNoObjects() throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange ->
                    listing(exchange, "", "prefix/", "prefix//", "prefix/a/", "prefix/a/b"));
        S3ObjectStore store = stub.open()) {
      List<String> keys = new ArrayList<>();
      store.list("", info -> keys.add(info.key()));
      assertThat(keys).containsExactly("a/b");
    }
  }
}
