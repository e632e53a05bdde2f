package dev.sidewal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sidewal.error.StoreException;
import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.GeneratedPayload;
import dev.sidewal.testing.HttpFault;
import dev.sidewal.testing.S3Operation;
import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way in which a store can be out, for every kind of request: whether it can pass by itself
 * is told right, the message says what to do, and no request waits for long.
 */
@Timeout(60)
class StoreOutageTest {

  private static final Duration SILENCE = Duration.ofMillis(1500);
  private static final S3Settings IMPATIENT =
      new S3Settings(
          Duration.ofSeconds(1),
          SILENCE,
          Duration.ofSeconds(60),
          64 << 10,
          3,
          Duration.ofMillis(1));

  private static final GeneratedPayload LARGE = new GeneratedPayload(7, 16 << 20);

  private static S3Server server;
  private static FaultyHttpProxy proxy;

  @BeforeAll
  static void start() {
    server = S3ProxyServer.start();
    proxy = FaultyHttpProxy.before(server);
    try (S3ObjectStore store = server.open("out")) {
      store.putIfAbsent("there", Payload.of(new byte[100_000]));
    }
  }

  @AfterAll
  static void stop() {
    proxy.close();
    server.close();
  }

  @AfterEach
  void heal() {
    proxy.heal();
    proxy.plan((method, path) -> HttpFault.PASS);
    proxy.resetCounts();
  }

  record Outage(String name, HttpFault fault, boolean retriable, String says) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Arguments> outages() {
    List<Outage> outages =
        List.of(
            new Outage("403", HttpFault.DENIED, false, "access denied. The credentials need s3:"),
            new Outage(
                "no bucket",
                HttpFault.NO_BUCKET,
                false,
                "bucket '" + S3Server.BUCKET + "' does not exist. Make it, or correct the URL"),
            new Outage("429", HttpFault.TOO_MANY, true, "429"),
            new Outage("500", HttpFault.INTERNAL, true, "a passing failure"),
            new Outage("503", HttpFault.answer(503, "ServiceUnavailable"), true, "503"),
            new Outage("reset", HttpFault.RESET, true, "the exchange with http://127.0.0.1"),
            new Outage("silence", HttpFault.SILENCE, true, "did not answer in time"));
    return outages.stream()
        .flatMap(
            outage ->
                Stream.of(S3Operation.PUT, S3Operation.GET, S3Operation.HEAD, S3Operation.LIST)
                    .map(operation -> Arguments.of(operation, outage)));
  }

  @ParameterizedTest
  @MethodSource("outages")
  void isToldRightAndInTime(S3Operation operation, Outage outage) {
    proxy.failAll(outage.fault());
    try (S3ObjectStore store = open(proxy.url("out"))) {
      long start = System.nanoTime();
      StoreException e = catchThrowableOfType(StoreException.class, () -> ask(store, operation));
      Duration took = Duration.ofNanos(System.nanoTime() - start);

      assertThat(e).as("%s", operation).isNotNull();
      assertThat(e.retriable()).isEqualTo(outage.retriable());
      assertThat(e).hasMessageContaining(outage.says()).hasMessageContaining("s3://");
      if (operation != S3Operation.LIST && !outage.fault().equals(HttpFault.NO_BUCKET)) {
        assertThat(e).hasMessageContaining("there");
      }
      if (outage.fault().equals(HttpFault.SILENCE)) {
        // A write without an answer is looked up once.
        assertThat(proxy.count(operation)).as("sent once").isEqualTo(1);
        assertThat(took).isBetween(SILENCE, SILENCE.multipliedBy(4));
      } else {
        assertThat(took).isLessThan(Duration.ofSeconds(15));
        assertThat(proxy.count(operation)).isBetween(1L, outage.retriable() ? 6L : 2L);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("addresses")
  void anAddressThatIsNoneIsNamed(String endpoint, String says) {
    ReplicaUrl.S3 url =
        new ReplicaUrl.S3(
            "bucket", "p", Optional.of(URI.create(endpoint)), Optional.of("us-east-1"), true);
    for (S3Operation operation :
        List.of(S3Operation.PUT, S3Operation.GET, S3Operation.HEAD, S3Operation.LIST)) {
      try (S3ObjectStore store = open(url)) {
        StoreException e = catchThrowableOfType(StoreException.class, () -> ask(store, operation));
        assertThat(e.retriable()).isTrue();
        assertThat(e).hasMessageContaining(says).hasMessageContaining(endpoint);
      }
    }
  }

  static Stream<Arguments> addresses() {
    return Stream.of(
        Arguments.of("http://no-such-host.invalid:9", "cannot be resolved. Check the endpoint"),
        Arguments.of("http://127.0.0.1:1", "nothing answers at"));
  }

  @Test
  void aListingThatBreaksOffOrStallsIsAPassingFailure() {
    try (S3ObjectStore store = open(proxy.url("out"))) {
      for (HttpFault fault : List.of(HttpFault.truncate(50), HttpFault.stall(50))) {
        proxy.plan((method, path) -> fault);
        StoreException e =
            catchThrowableOfType(StoreException.class, () -> ask(store, S3Operation.LIST));
        assertThat(e.retriable()).as("%s", fault).isTrue();
        assertThat(proxy.count(S3Operation.LIST))
            .as("%s", fault)
            .isEqualTo(fault.kind() == HttpFault.Kind.STALL ? 1 : 3);
        heal();
      }
    }
  }

  @Test
  void aBodyThatBreaksOffOrStallsFailsWhileItIsRead() {
    try (S3ObjectStore store = open(proxy.url("out"))) {
      for (HttpFault fault : List.of(HttpFault.truncate(20_000), HttpFault.stall(20_000))) {
        proxy.plan((method, path) -> fault);
        long start = System.nanoTime();
        assertThatThrownBy(
                () -> {
                  try (InputStream in = store.get("there", 0, 100_000).orElseThrow()) {
                    in.readAllBytes();
                  }
                })
            .as("%s", fault)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("there in s3://")
            .hasMessageContaining("of 100000 bytes");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SILENCE.multipliedBy(4));
        heal();
      }
    }
  }

  /** It takes many times as long as silence may last; but something always moves. */
  @Test
  void aSlowLinkIsNoOutage() throws IOException {
    proxy.plan((method, path) -> HttpFault.slow(3 << 20));
    try (S3ObjectStore store = open(proxy.url("out"))) {
      long start = System.nanoTime();
      assertThat(store.putIfAbsent("slow", LARGE)).isEqualTo(PutOutcome.CREATED);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThan(SILENCE.multipliedBy(3));
      assertThat(proxy.count(S3Operation.PUT)).isEqualTo(1);
      heal();
      assertThat(GeneratedPayload.crc(store.get("slow", 0, LARGE.length()).orElseThrow()))
          .isEqualTo(LARGE.crc());
    }
  }

  /** The body does not fit into the buffers of the sockets, and nobody takes the rest. */
  @Test
  void aLargeUploadThatNobodyTakesEnds() {
    proxy.failAll(HttpFault.SILENCE);
    try (S3ObjectStore store = open(proxy.url("out"))) {
      long start = System.nanoTime();
      StoreException e =
          catchThrowableOfType(
              StoreException.class,
              () -> store.putIfAbsent("stuck", new GeneratedPayload(1, 16 << 20)));
      assertThat(e.retriable()).isTrue();
      assertThat(e).hasMessageContaining("not a byte went through");
      assertThat(proxy.count(S3Operation.PUT)).isEqualTo(1);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SILENCE.multipliedBy(6));
    }
  }

  @Test
  void theDefaultsAreThoseOfTheDocument() {
    assertThat(S3Settings.DEFAULT.connectTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(S3Settings.DEFAULT.readTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(S3Settings.DEFAULT.attempts()).isEqualTo(3);
    assertThat(S3Settings.DEFAULT.slowestUpload()).isEqualTo(4096);
  }

  private static S3ObjectStore open(ReplicaUrl.S3 url) {
    return S3ObjectStore.open(url, server.credentials(), IMPATIENT);
  }

  private static void ask(ObjectStore store, S3Operation operation) throws IOException {
    switch (operation) {
      case PUT -> store.putIfAbsent("there-not", Payload.of(new byte[1000]));
      case GET -> store.get("there", 0, 10).orElseThrow().close();
      case HEAD -> store.head("there");
      default -> {
        List<String> keys = new ArrayList<>();
        store.list("", info -> keys.add(info.key()));
      }
    }
  }
}
