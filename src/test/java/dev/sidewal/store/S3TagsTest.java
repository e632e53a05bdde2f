package dev.sidewal.store;

import static dev.sidewal.store.S3Stub.error;
import static dev.sidewal.store.S3Stub.found;
import static dev.sidewal.store.S3Stub.status;
import static dev.sidewal.store.S3Stub.xml;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stores answer to tags that have none, or do not know them, or do not allow them. */
@Timeout(30)
class S3TagsTest {

  private static final String NONE = "<Tagging><TagSet/></Tagging>";
  private static final String LIVE =
      "<Tagging><TagSet><Tag><Key>sidewal</Key><Value>live</Value></Tag></TagSet></Tagging>";

  private static boolean isTagging(HttpExchange exchange) {
    return "tagging".equals(exchange.getRequestURI().getQuery());
  }

  @ParameterizedTest
  @CsvSource({
    "501, NotImplemented",
    "501, ''",
    "405, MethodNotAllowed",
    "400, NotImplemented",
    "400, UnsupportedOperation",
    "404, ''",
    "404, NoSuchKey",
  })
  void aStoreWithoutTagsSaysSoInManyWays(int status, String code) throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (isTagging(exchange)) {
                    error(exchange, status, code);
                  } else {
                    found(exchange, 10);
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.tag("a", "sidewal", "retired")).isEqualTo(TagOutcome.UNSUPPORTED);
      assertThat(store.probeTags("a")).isEqualTo(TagSupport.UNSUPPORTED);
      int asked = stub.requests().size();

      assertThat(store.tag("a", "sidewal", "retired")).isEqualTo(TagOutcome.UNSUPPORTED);

      assertThat(stub.requests()).as("it is known now").hasSize(asked);
    }
  }

  @Test
  void aStoreThatOverlooksTheQuestionKeepsItsObjects() throws Exception {
    List<String> overwritten = Collections.synchronizedList(new ArrayList<>());
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  switch (exchange.getRequestMethod()) {
                    case "PUT" -> {
                      overwritten.add(exchange.getRequestURI().toString());
                      status(exchange, 200);
                    }
                    case "HEAD" -> found(exchange, 10);
                    default -> {
                      byte[] object = "{\"generation\": 1}".getBytes(UTF_8);
                      exchange.sendResponseHeaders(200, object.length);
                      exchange.getResponseBody().write(object);
                    }
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.tag("a", "sidewal", "retired")).isEqualTo(TagOutcome.UNSUPPORTED);
      assertThat(store.probeTags("a")).isEqualTo(TagSupport.UNSUPPORTED);
      assertThat(store.tag("a", "sidewal", "retired")).isEqualTo(TagOutcome.UNSUPPORTED);

      assertThat(overwritten).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"true, SUPPORTED, TAGGED", "false, UNSUPPORTED, UNSUPPORTED"})
  void tagsThatAreTakenAndForgottenAreNone(boolean keeps, TagSupport support, TagOutcome outcome)
      throws Exception {
    List<String> stored = Collections.synchronizedList(new ArrayList<>());
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (exchange.getRequestMethod().equals("PUT")) {
                    stored.add(exchange.getRequestHeaders().getFirst("Content-MD5"));
                    status(exchange, 200);
                  } else {
                    xml(exchange, 200, keeps && !stored.isEmpty() ? LIVE : NONE);
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.probeTags("a")).isEqualTo(support);
      assertThat(store.tag("a", "sidewal", "retired")).isEqualTo(outcome);
      assertThat(stored).hasSize(keeps ? 2 : 1).doesNotContainNull();
    }
  }

  @Test
  void anObjectWithoutTagsMayBeAnError() throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (exchange.getRequestMethod().equals("PUT")) {
                    status(exchange, 200);
                  } else {
                    error(exchange, 404, "NoSuchTagSet");
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.tag("a", "sidewal", "retired")).isEqualTo(TagOutcome.TAGGED);
    }
  }

  @ParameterizedTest
  @CsvSource({"GET, 403", "PUT, 403", "GET, 401", "PUT, 401"})
  void aDenialIsToldWithThePermissionsThatItTakes(String method, int status) throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (exchange.getRequestMethod().equals(method)) {
                    error(exchange, status, "AccessDenied");
                  } else {
                    xml(exchange, 200, NONE);
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.probeTags("a")).isEqualTo(TagSupport.DENIED);
      StoreDeniedException e =
          catchThrowableOfType(
              StoreDeniedException.class, () -> store.tag("a", "sidewal", "retired"));
      assertThat(e)
          .hasMessageContaining("Could not tag a in s3://bucket/prefix")
          .hasMessageContaining("s3:PutObjectTagging and s3:GetObjectTagging");
      assertThat(e.retriable()).isFalse();
    }
  }

  @Test
  void aPassingFailureIsNoAnswerAboutTags() throws Exception {
    try (S3Stub stub = new S3Stub(exchange -> error(exchange, 503, "SlowDown"));
        S3ObjectStore store = stub.open()) {
      for (Runnable call :
          List.<Runnable>of(() -> store.probeTags("a"), () -> store.tag("a", "b", "c"))) {
        StoreException e = catchThrowableOfType(StoreException.class, call::run);
        assertThat(e.retriable()).isTrue();
        assertThat(e).isNotInstanceOf(StoreDeniedException.class);
      }
    }
  }

  @Test
  void anAnswerThatBreaksOffIsNoAnswerAboutTags() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  if (exchange.getRequestMethod().equals("PUT")) {
                    status(exchange, 200);
                  } else if (asked.incrementAndGet() % 2 == 1) {
                    breakOff(exchange);
                  } else {
                    xml(exchange, 200, LIVE);
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.probeTags("a")).isEqualTo(TagSupport.SUPPORTED);
      assertThat(stub.requests()).containsExactly("GET", "GET", "PUT", "GET", "GET");
    }
  }

  private static void breakOff(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().add("Content-Type", "application/xml");
    exchange.sendResponseHeaders(200, 500);
    exchange.getResponseBody().write("<Tagging><TagSet>".getBytes(UTF_8));
    exchange.getResponseBody().flush();
  }

  @Test
  void aMissingObjectIsAbsent() throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  switch (exchange.getRequestMethod()) {
                    case "HEAD" -> status(exchange, 404);
                    case "GET" -> {
                      if (isTagging(exchange)) {
                        error(exchange, 404, "NoSuchKey");
                      } else {
                        S3Stub.emptyListing(exchange);
                      }
                    }
                    default -> status(exchange, 200);
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.tag("a", "sidewal", "retired")).isEqualTo(TagOutcome.ABSENT);
      assertThat(catchThrowableOfType(StoreException.class, () -> store.probeTags("a")))
          .hasMessageContaining("the object is not there");
      assertThat(stub.requests()).doesNotContain("PUT");
    }
  }
}
