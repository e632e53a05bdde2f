package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.error.ExitCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The endpoint of the built program: token, metrics, and clients that never finish. */
class EndpointIT {

  private static final String TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

  @TempDir Path dir;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static HttpResponse<String> get(int port, String path, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(30));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void whoeverHasTheTokenIsAnsweredHoweverManyNeverFinish() throws Exception {
    Path db = dir.resolve("app.db");
    CountingWriter.create(db);
    Path tokenFile = Files.writeString(dir.resolve("token"), TOKEN + "\n");
    int port = freePort();
    String endpoint = "http://127.0.0.1:" + port;
    try (SidewalProcess agent =
        SidewalProcess.start(
            "replicate",
            "--listen",
            "0.0.0.0:" + port,
            "--token-file",
            tokenFile.toString(),
            db.toString(),
            "file:" + dir.resolve("replica"))) {
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> get(port, "/readyz?strict=true").statusCode() == 200);
      assertThat(get(port, "/metrics").statusCode()).isEqualTo(401);
      HttpResponse<String> metrics = get(port, "/metrics", "Authorization", "Bearer " + TOKEN);
      assertThat(metrics.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("text/plain; version=0.0.4");
      assertThat(metrics.body())
          .contains("sidewal_shipped_txid{database=\"" + db + "\"} 1.0")
          .contains("sidewal_build_info{", "process_resident_memory_bytes ");
      SidewalProcess.run("status", "--endpoint", endpoint, db.toString())
          .failedWith(ExitCode.USAGE);
      assertThat(
              SidewalProcess.run(Map.of("SIDEWAL_TOKEN", TOKEN), "status", "--endpoint", endpoint)
                  .succeeded()
                  .out())
          .contains("following", "lag 0.0 s");
      List<Socket> slow = new ArrayList<>();
      try {
        for (int i = 0; i < 60; i++) {
          Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
          socket.getOutputStream().write("GET /livez HT".getBytes(StandardCharsets.US_ASCII));
          slow.add(socket);
        }
        assertThat(get(port, "/livez").statusCode()).isEqualTo(200);
      } finally {
        for (Socket socket : slow) {
          socket.close();
        }
      }
      assertThat(agent.log()).doesNotContain(TOKEN);
    }
  }

  @Test
  void anotherAddressThanLoopbackNeedsAToken() {
    SidewalProcess.run(
            "replicate", "--listen", "0.0.0.0:0", dir.resolve("a.db").toString(), "file:" + dir)
        .failedWith(ExitCode.USAGE);
  }
}
