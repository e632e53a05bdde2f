package dev.sidewal.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sidewal.error.StoreException;
import dev.sidewal.error.SupersededException;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.Payload;
import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.GeneratedPayload;
import dev.sidewal.testing.HttpFault;
import dev.sidewal.testing.S3Operation;
import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Writes that the store carried out and whose replies got lost on the way: one's own object is
 * recognised by its bytes, and another agent's is never taken for it.
 */
@Timeout(120)
class LostReplyTest {

  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");
  private static final AtomicInteger TXIDS = new AtomicInteger();
  private static final GeneratedPayload SMALL = new GeneratedPayload(1, 5_000_000);
  private static final GeneratedPayload IN_PARTS = new GeneratedPayload(2, (16 << 20) + 12_345);

  private static S3Server server;
  private static FaultyHttpProxy proxy;

  private final ObjectStore store = proxy.open("lost");
  private final HistoryPublisher publisher = new HistoryPublisher(store, 1);
  private final HistoryObject name = HistoryObject.snapshot(1, TXIDS.incrementAndGet(), TIME);

  @BeforeAll
  static void start() {
    server = S3ProxyServer.start();
    proxy = FaultyHttpProxy.before(server);
  }

  @AfterAll
  static void stop() {
    proxy.close();
    server.close();
  }

  @AfterEach
  void close() {
    proxy.plan((method, path) -> HttpFault.PASS);
    proxy.resetCounts();
    store.close();
  }

  @ParameterizedTest
  @CsvSource({"1, true", "9, true", "1, false", "9, false"})
  void ofAPut(int times, boolean answered) throws IOException {
    proxy.failNext(times, S3Operation.PUT, answered ? HttpFault.LOST_503 : HttpFault.LOST_RESET);
    publisher.publish(name, SMALL);
    assertIsThere(SMALL);
  }

  @ParameterizedTest
  @CsvSource({"1, true", "9, true", "1, false", "9, false"})
  void ofTheCompletionOfAMultipartUpload(int times, boolean answered) throws IOException {
    proxy.failNext(
        times, S3Operation.COMPLETE_UPLOAD, answered ? HttpFault.LOST_503 : HttpFault.LOST_RESET);
    publisher.publish(name, IN_PARTS);
    assertThat(proxy.count(S3Operation.COMPLETE_UPLOAD)).isPositive();
    assertIsThere(IN_PARTS);
  }

  @Test
  void ofAPartThatIsSentAgain() throws IOException {
    proxy.failNext(2, S3Operation.UPLOAD_PART, HttpFault.LOST_RESET);
    publisher.publish(name, IN_PARTS);
    assertIsThere(IN_PARTS);
  }

  /** Nobody can tell at that moment; so it fails in a passing way, and the next try finds out. */
  @Test
  void andTheQuestionWhatBecameOfItIsLostToo() throws IOException {
    proxy.plan(
        (method, path) ->
            switch (S3Operation.of(method, path)) {
              case PUT -> HttpFault.LOST_RESET;
              case HEAD -> HttpFault.RESET;
              default -> HttpFault.PASS;
            });
    StoreException e =
        catchThrowableOfType(StoreException.class, () -> publisher.publish(name, SMALL));
    assertThat(e.retriable()).isTrue();

    proxy.plan((method, path) -> HttpFault.PASS);
    publisher.publish(name, SMALL);
    assertIsThere(SMALL);
  }

  /** The comparison itself must not fail for good because its stream breaks off. */
  @Test
  void andTheComparisonBreaksOff() {
    publisher.publish(name, SMALL);
    proxy.failNext(3, S3Operation.GET, HttpFault.truncate(100_000));
    assertThatCode(() -> publisher.publish(name, SMALL)).doesNotThrowAnyException();

    proxy.plan(
        (method, path) ->
            S3Operation.of(method, path) == S3Operation.GET ? HttpFault.RESET : HttpFault.PASS);
    StoreException e =
        catchThrowableOfType(StoreException.class, () -> publisher.publish(name, SMALL));
    assertThat(e.retriable()).isTrue();
    assertThat(e).hasMessageContaining("Cannot tell whether " + name.key());
  }

  @Test
  void anotherAgentsObjectIsNotTakenForOnesOwn() throws IOException {
    Payload theirs = new GeneratedPayload(3, SMALL.length());
    try (ObjectStore direct = server.open("lost")) {
      direct.putIfAbsent(name.key(), theirs);
    }
    proxy.failNext(1, S3Operation.PUT, HttpFault.LOST_503);
    assertThatThrownBy(() -> publisher.publish(name, SMALL))
        .isInstanceOf(SupersededException.class)
        .hasMessageContaining(name.key());
    assertThatThrownBy(() -> publisher.publish(name, new GeneratedPayload(3, SMALL.length() - 1)))
        .isInstanceOf(SupersededException.class);
    assertIsThere(new GeneratedPayload(3, SMALL.length()));
  }

  private void assertIsThere(GeneratedPayload payload) throws IOException {
    try (ObjectStore direct = server.open("lost");
        InputStream in = direct.get(name.key(), 0, Long.MAX_VALUE).orElseThrow()) {
      assertThat(GeneratedPayload.crc(in)).isEqualTo(payload.crc());
    }
  }
}
