package dev.sidewal.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** Each fault as a client on plain HTTP sees it, and what the server behind has seen. */
class FaultyHttpProxyTest {

  private static final byte[] CONTENT = "0123456789".repeat(20_000).getBytes(US_ASCII);

  private static S3Server server;

  @BeforeAll
  static void start() {
    server = S3ProxyServer.start();
    try (S3Client client = server.client()) {
      client.putObject(r -> r.bucket(server.bucket()).key("k"), RequestBody.fromBytes(CONTENT));
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void signedRequestsPassAndAreCounted() {
    try (FaultyHttpProxy proxy = FaultyHttpProxy.before(server);
        S3Client client = proxy.client()) {
      client.putObject(r -> r.bucket(proxy.bucket()).key("a"), RequestBody.fromBytes(CONTENT));

      assertThat(read(client, "a")).isEqualTo(CONTENT);
      assertThat(client.listObjectsV2(r -> r.bucket(proxy.bucket())).contents())
          .extracting(o -> o.key())
          .contains("a", "k");
      client.deleteObject(r -> r.bucket(proxy.bucket()).key("a"));
      for (S3Operation once :
          List.of(S3Operation.PUT, S3Operation.GET, S3Operation.LIST, S3Operation.DELETE)) {
        // The JDK's client sends a request again, once, when the kept connection was just closed.
        assertThat(proxy.count(once)).as("%s", once).isBetween(1L, 2L);
      }
      assertThat(proxy.requests()).contains("GET /" + proxy.bucket() + "/a");
    }
  }

  @Test
  void madeUpAnswersDoNotReachTheServer() throws Exception {
    try (FaultyHttpProxy proxy = FaultyHttpProxy.before(server)) {
      proxy.plan((method, path) -> method.equals("PUT") ? HttpFault.SLOW_DOWN : HttpFault.PASS);
      HttpURLConnection put = request(proxy, "PUT", "unseen");
      put.setDoOutput(true);
      put.getOutputStream().write(CONTENT);
      assertThat(put.getResponseCode()).isEqualTo(503);
      assertThat(new String(put.getErrorStream().readAllBytes(), US_ASCII)).contains("SlowDown");

      proxy.failNext(1, S3Operation.GET, HttpFault.NO_BUCKET);
      assertThat(request(proxy, "GET", "k").getResponseCode()).isEqualTo(404);
      assertThat(request(proxy, "GET", "k").getResponseCode())
          .as("the server's own: unsigned")
          .isEqualTo(403);
      assertThat(keys()).doesNotContain("unseen");
    }
  }

  @Test
  void lostRepliesAreOfRequestsThatWereCarriedOut() {
    try (FaultyHttpProxy proxy = FaultyHttpProxy.before(server);
        S3Client client = proxy.client()) {
      proxy.failNext(1, S3Operation.PUT, HttpFault.LOST_503);
      client.putObject(r -> r.bucket(proxy.bucket()).key("l1"), RequestBody.fromString("1"));
      assertThat(proxy.count(S3Operation.PUT)).as("once more by the client").isEqualTo(2);

      proxy.resetCounts();
      proxy.failNext(9, S3Operation.PUT, HttpFault.LOST_RESET);
      assertThatThrownBy(
              () ->
                  client.putObject(
                      r -> r.bucket(proxy.bucket()).key("l2"), RequestBody.fromString("2")))
          .isInstanceOf(RuntimeException.class);
      assertThat(keys()).contains("l1", "l2");

      proxy.failNext(9, S3Operation.PUT, HttpFault.RESET);
      assertThatThrownBy(
              () ->
                  client.putObject(
                      r -> r.bucket(proxy.bucket()).key("l3"), RequestBody.fromString("3")))
          .isInstanceOf(RuntimeException.class);
      assertThat(keys()).doesNotContain("l3");
    }
  }

  @Test
  void bodiesAreCutStalledAndSlowedDown() throws Exception {
    try (FaultyHttpProxy proxy = FaultyHttpProxy.before(server);
        S3Client client = proxy.client()) {
      for (HttpFault fault : List.of(HttpFault.truncate(70_000), HttpFault.stall(70_000))) {
        proxy.plan((method, path) -> fault);
        byte[] got = new byte[CONTENT.length];
        int n = 0;
        try (InputStream in = client.getObject(r -> r.bucket(proxy.bucket()).key("k"))) {
          n = in.readNBytes(got, 0, 70_000);
          assertThat(got).startsWith(new byte[] {'0', '1', '2'});
          proxy.heal(); // Resets the connection if it is stuck.
          assertThatThrownBy(in::read).isInstanceOf(IOException.class);
        } catch (IOException e) {
          assertThat(n).as("where it broke off").isEqualTo(70_000);
        }
      }
      proxy.plan((method, path) -> HttpFault.slow(1_000_000));
      long start = System.nanoTime();
      assertThat(read(client, "k")).isEqualTo(CONTENT);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(180));
    }
  }

  @Test
  void silenceIsSilentUntilHealed() throws Exception {
    try (FaultyHttpProxy proxy = FaultyHttpProxy.before(server)) {
      proxy.failAll(HttpFault.SILENCE);
      HttpURLConnection waiting = request(proxy, "GET", "k");
      waiting.setReadTimeout(200);
      assertThatThrownBy(waiting::getResponseCode).isInstanceOf(SocketTimeoutException.class);
      waiting.disconnect();
      await().until(() -> proxy.connections() == 0);
      proxy.heal();
      assertThat(request(proxy, "GET", "k").getResponseCode()).isEqualTo(403);

      proxy.refuse();
      assertThatThrownBy(() -> request(proxy, "GET", "k").getResponseCode())
          .isInstanceOf(ConnectException.class);
      proxy.heal();
      assertThat(request(proxy, "GET", "k").getResponseCode()).isEqualTo(403);
    }
  }

  @Test
  void closesWithConnectionsInEveryState() throws Exception {
    FaultyHttpProxy proxy = FaultyHttpProxy.before(server);
    ExecutorService clients = Executors.newFixedThreadPool(8);
    try {
      proxy.plan(
          (method, path) ->
              path.endsWith("s")
                  ? HttpFault.SILENCE
                  : path.endsWith("w") ? HttpFault.slow(1) : HttpFault.PASS);
      List<Future<Integer>> calls =
          IntStream.range(0, 8)
              .mapToObj(i -> List.of("s", "w", "k").get(i % 3))
              .map(
                  key ->
                      clients.submit(
                          (Callable<Integer>) () -> request(proxy, "GET", key).getResponseCode()))
              .toList();
      await().until(() -> proxy.requests().size() >= 8);
      proxy.close();

      assertThat(proxy.connections()).isZero();
      for (Future<Integer> call : calls) {
        await().until(call::isDone);
      }
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(t -> t.getName().equals("faulty-http-proxy"));
    } finally {
      proxy.close();
      clients.shutdownNow();
    }
  }

  private static byte[] read(S3Client client, String key) {
    return client.getObjectAsBytes(r -> r.bucket(server.bucket()).key(key)).asByteArray();
  }

  private static List<String> keys() {
    try (S3Client client = server.client()) {
      return client.listObjectsV2(r -> r.bucket(server.bucket())).contents().stream()
          .map(o -> o.key())
          .toList();
    }
  }

  private static HttpURLConnection request(FaultyHttpProxy proxy, String method, String key)
      throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create(proxy.endpoint() + "/" + proxy.bucket() + "/" + key)
                .toURL()
                .openConnection();
    connection.setRequestMethod(method);
    return connection;
  }
}
