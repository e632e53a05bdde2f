package dev.sidewal.store;

import static dev.sidewal.store.S3Stub.answerUpload;
import static dev.sidewal.store.S3Stub.found;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What is made of {@code x-amz-expiration}. */
@Timeout(30)
class ExpiryAlarmTest {

  private static final String HEADER =
      "expiry-date=\"Fri, 23 Dec 2026 00:00:00 GMT\", rule-id=\"tidy%20up\"";
  private static final String BEGIN =
      "Lifecycle rule 'tidy up' of bucket 'bucket' is going to delete a/b in s3://bucket/prefix";

  private final Logger logger = (Logger) LoggerFactory.getLogger(ExpiryAlarm.class);
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-21T12:00:00Z"));
  private final ExpiryAlarm alarm =
      new ExpiryAlarm((ReplicaUrl.S3) ReplicaUrl.parse("s3://bucket/prefix"), now::get);

  @BeforeEach
  void listen() {
    logged.start();
    logger.addAppender(logged);
    logger.setAdditive(false);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(logged);
    logger.setAdditive(true);
  }

  @Test
  void namesObjectRuleDateAndWhatToDo() {
    alarm.heard("a/b", Optional.of(HEADER));

    assertThat(alarm.message())
        .contains(
            BEGIN
                + " on Fri, 23 Dec 2026 00:00:00 GMT. That object is part of the history and still"
                + " needed: when it is gone, what rests on it cannot be restored. Run: sidewal"
                + " lifecycle check 's3://bucket/prefix', and change the rule or switch it off"
                + " before that date.");
    assertThat(logged.list)
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.getLevel()).isEqualTo(Level.ERROR);
              assertThat(event.getFormattedMessage()).isEqualTo(alarm.message().orElseThrow());
            });
  }

  @Test
  void aRuleIsLoggedOnceAnHourAndEachByItself() {
    String other = HEADER.replace("tidy%20up", "other");
    alarm.heard("a/b", Optional.of(HEADER));
    alarm.heard("a/c", Optional.of(HEADER));
    assertThat(logged.list).hasSize(1);
    alarm.heard("a/d", Optional.of(other));
    assertThat(logged.list).hasSize(2);
    now.updateAndGet(t -> t.plus(Duration.ofMinutes(60)).minusMillis(1));
    alarm.heard("a/e", Optional.of(HEADER));
    assertThat(logged.list).hasSize(2);
    assertThat(alarm.message().orElseThrow()).contains("'tidy up'", "a/e");
    now.updateAndGet(t -> t.plusMillis(1));
    alarm.heard("a/f", Optional.of(HEADER));
    assertThat(logged.list).hasSize(3);
  }

  @Test
  void silenceIsNoAlarmAndTakesNoneBack() {
    alarm.heard("a/b", Optional.empty());
    alarm.heard("a/b", Optional.of(" "));
    assertThat(alarm.message()).isEmpty();
    alarm.heard("a/b", Optional.of(HEADER));
    alarm.heard("a/c", Optional.empty());
    assertThat(alarm.message()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"odd", "rule-id=\"%zz\"", "expiry-date=\"\"", "rule-id=\"x"})
  void whatCannotBeReadIsAnAlarmAllTheSame(String header) {
    alarm.heard("a/b", Optional.of(header));
    assertThat(alarm.message().orElseThrow()).contains("a/b").contains("lifecycle check");
    assertThat(logged.list).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "HEAD", "POST"})
  void itIsHeardInEveryAnswerThatMayHaveIt(String method) throws Exception {
    try (S3Stub stub =
            new S3Stub(
                exchange -> {
                  boolean begins = "uploads".equals(exchange.getRequestURI().getQuery());
                  if (exchange.getRequestMethod().equals(method) && !begins) {
                    exchange.getResponseHeaders().add("x-amz-expiration", HEADER);
                  }
                  if (exchange.getRequestMethod().equals("HEAD") && method.equals("HEAD")) {
                    found(exchange, 10);
                  } else {
                    answerUpload(exchange);
                  }
                });
        S3ObjectStore store = stub.open()) {
      assertThat(store.expiryAlarm()).isEmpty();
      switch (method) {
        case "PUT" -> store.putIfAbsent("a/b", Payload.of("x".getBytes(UTF_8)));
        case "HEAD" -> store.head("a/b");
        default -> store.putIfAbsent("a/b", Payload.of(new byte[(16 << 20) + 1]));
      }
      assertThat(store.expiryAlarm().orElseThrow())
          .startsWith("Lifecycle rule 'tidy up' of bucket 'bucket' is going to delete a/b in ");
      assertThat(logged.list).hasSize(1);
    }
  }

  @Test
  void noAnswerWithoutItIsAnAlarm() throws Exception {
    try (S3Stub stub = new S3Stub(S3Stub::answerUpload);
        S3ObjectStore store = stub.open()) {
      for (Payload payload : List.of(Payload.of(new byte[1]), Payload.of(new byte[17 << 20]))) {
        store.putIfAbsent("a/b", payload);
      }
      assertThat(store.expiryAlarm()).isEmpty();
      assertThat(logged.list).isEmpty();
    }
  }
}
