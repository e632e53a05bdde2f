package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.UsageException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The endpoint of a running agent, asked over HTTP. */
class HttpEndpointTest {

  @TempDir Path dir;
  private Path db;
  private Connection app;
  private Replication replication;
  private HttpEndpoint endpoint;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws Exception {
    db = dir.resolve("app.db");
    app = DriverManager.getConnection("jdbc:sqlite:" + db);
    sql("PRAGMA journal_mode=WAL");
    sql("CREATE TABLE t(a)");
    replication = Sidewal.replicate(db, "file:" + dir.resolve("replica"));
    endpoint =
        HttpEndpoint.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), service(Optional.empty()));
  }

  @AfterEach
  void stop() throws Exception {
    endpoint.close();
    replication.close();
    app.close();
  }

  private HttpEndpoint.Service service(Optional<Token> token) {
    return new HttpEndpoint.Service(
        () -> List.of(new Agent.Replicated(db, "file:replica", replication)),
        Optional.empty(),
        token,
        Clock.systemUTC());
  }

  private void sql(String statement) throws Exception {
    try (Statement s = app.createStatement()) {
      s.execute(statement);
    }
  }

  private HttpResponse<String> ask(String method, String path) throws Exception {
    return ask(method, path, "");
  }

  private HttpResponse<String> ask(String method, String path, String shown) throws Exception {
    return http.send(request(method, path, shown), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest request(String method, String path, String shown) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + endpoint.address().getPort() + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (!shown.isEmpty()) {
      request.header("Authorization", shown);
    }
    return request.build();
  }

  @Test
  void syncAnswersWhenTheStoreHasWhatWasCommittedBefore() throws Exception {
    replication.sync(Duration.ofSeconds(30));
    sql("INSERT INTO t VALUES(1)");
    HttpResponse<String> answer = ask("POST", "/sync?wait=true&timeout=30s");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"txid\":2").contains(db.toString());
    assertThat(replication.status().shippedTxid()).isEqualTo(2);
    assertThat(ask("POST", "/sync?db=" + db).statusCode()).isEqualTo(202);
  }

  @Test
  void snapshotAnswersWithItsTransaction() throws Exception {
    replication.sync(Duration.ofSeconds(30));
    sql("INSERT INTO t VALUES(1)");
    assertThat(ask("POST", "/snapshot?wait=true").body()).contains("\"txid\":2");
    assertThat(replication.status().images().snapshots()).isEqualTo(2);
    assertThat(ask("GET", "/status").body())
        .contains("\"state\":\"following\"", "\"snapshots\":2", "\"shippedTxid\":2");
  }

  @Test
  void healthIsToldByStatusCodes() throws Exception {
    replication.sync(Duration.ofSeconds(30));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> ask("GET", "/readyz?strict=true").statusCode() == 200);
    assertThat(ask("GET", "/livez").body()).isEqualTo("{\"alive\":true}\n");
    assertThat(replication.stop(Duration.ofSeconds(30))).isTrue();
    assertThat(ask("GET", "/readyz").statusCode()).isEqualTo(503);
    assertThat(ask("POST", "/sync?wait=true").body()).contains("has ended").contains("exitCode");
  }

  @Test
  void badRequestsAreToldApart() throws Exception {
    assertThat(ask("GET", "/sync").statusCode()).isEqualTo(405);
    assertThat(ask("POST", "/status").statusCode()).isEqualTo(405);
    assertThat(ask("GET", "/nothing").statusCode()).isEqualTo(404);
    assertThat(ask("POST", "/sync?wait=maybe").statusCode()).isEqualTo(400);
    assertThat(ask("POST", "/sync?wait=true&timeout=5").body()).contains("whole number");
    assertThat(ask("POST", "/sync?db=/other.db").body())
        .contains("does not replicate /other.db")
        .contains(db.toString());
  }

  @Test
  void onlyLoopbackIsListenedOn() {
    assertThatThrownBy(
            () -> HttpEndpoint.start(new InetSocketAddress(0), service(Optional.empty())))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no loopback address");
  }

  @Test
  void withATokenOnlyHealthIsToldWithoutIt() throws Exception {
    Token token = Token.of("0123456789abcdef0123456789abcdef\n", "a test");
    endpoint.close();
    endpoint =
        HttpEndpoint.start(
            new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 0),
            service(Optional.of(token)));
    replication.sync(Duration.ofSeconds(30));
    assertThat(ask("GET", "/livez").statusCode()).isEqualTo(200);
    assertThat(ask("GET", "/readyz?db=/other.db").body()).isEqualTo("{\"ready\":false}\n");
    for (String path : List.of("/status", "/metrics", "/nothing")) {
      HttpResponse<String> answer = ask("GET", path);
      assertThat(answer.statusCode()).as(path).isEqualTo(401);
      assertThat(answer.headers().firstValue("WWW-Authenticate").orElseThrow())
          .startsWith("Bearer");
      assertThat(answer.body()).doesNotContain("0123456789abcdef");
    }
    assertThat(ask("POST", "/snapshot").statusCode()).isEqualTo(401);
    assertThat(ask("GET", "/status", "Bearer 0123456789abcdef0123456789abcdee").statusCode())
        .isEqualTo(401);
    assertThat(ask("GET", "/status", token.header()).body()).contains("file:replica");
    assertThat(ask("GET", "/status?db=" + db, token.header()).body())
        .contains("\"lagSeconds\":0.0", "\"latestRestorable\":\"20");
    assertThat(token.toString()).doesNotContain("0123456789abcdef");
  }

  @Test
  void aTokenMustBeOne() {
    for (String text : List.of("", "short", "with a space in it, and a comma", "x".repeat(15))) {
      assertThatThrownBy(() -> Token.of(text, "a test"))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("a test");
    }
  }

  /** Those who wait for the store do not keep others from an answer about health. */
  @Test
  void healthIsAnsweredHoweverManyWait() throws Exception {
    Path none = dir.resolve("none.db");
    try (Replication waits = Sidewal.replicate(none, "file:" + dir.resolve("other"))) {
      endpoint.close();
      endpoint =
          HttpEndpoint.start(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              new HttpEndpoint.Service(
                  () -> List.of(new Agent.Replicated(none, "file:other", waits)),
                  Optional.empty(),
                  Optional.empty(),
                  Clock.systemUTC()));
      List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        asked.add(
            http.sendAsync(
                request("POST", "/sync?wait=true&timeout=5s", ""),
                HttpResponse.BodyHandlers.ofString()));
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  asked.stream().filter(a -> a.isDone() && a.join().statusCode() == 503).count()
                      == 24);
      assertThat(ask("GET", "/livez").statusCode()).isEqualTo(200);
      assertThat(asked.stream().filter(a -> a.join().statusCode() == 504)).hasSize(16);
    }
  }
}
