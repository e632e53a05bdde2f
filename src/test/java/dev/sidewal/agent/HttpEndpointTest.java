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
import java.time.Duration;
import java.util.List;
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
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            List.of(new HttpEndpoint.Served(db, replication)));
  }

  @AfterEach
  void stop() throws Exception {
    endpoint.close();
    replication.close();
    app.close();
  }

  private void sql(String statement) throws Exception {
    try (Statement s = app.createStatement()) {
      s.execute(statement);
    }
  }

  private HttpResponse<String> ask(String method, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + endpoint.address().getPort() + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
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
    assertThatThrownBy(() -> HttpEndpoint.start(new InetSocketAddress(0), List.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("no loopback address");
  }
}
