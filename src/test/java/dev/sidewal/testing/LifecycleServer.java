package dev.sidewal.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Buckets that have lifecycle rules and versioning, and nothing else: what was put comes back to
 * the letter. S3Proxy has no rules, and S3Mock drops tags from their filters.
 */
public final class LifecycleServer implements S3Server {

  private final HttpServer server;
  private final Map<String, byte[]> documents = new ConcurrentHashMap<>();

  private LifecycleServer(HttpServer server) {
    this.server = server;
  }

  /** Starts a server. */
  public static LifecycleServer start() {
    try {
      HttpServer http =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      LifecycleServer server = new LifecycleServer(http);
      http.createContext("/", server::answer);
      http.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String document = exchange.getRequestURI().toString();
      switch (exchange.getRequestMethod()) {
        case "PUT" -> {
          documents.put(document, body);
          exchange.sendResponseHeaders(200, -1);
        }
        case "DELETE" -> {
          documents.remove(document);
          exchange.sendResponseHeaders(204, -1);
        }
        default -> {
          Optional<byte[]> found = Optional.ofNullable(documents.get(document));
          byte[] answer = found.orElse(absent(document).getBytes(UTF_8));
          boolean isError = found.isEmpty() && document.endsWith("?lifecycle");
          exchange.getResponseHeaders().add("Content-Type", "application/xml");
          exchange.sendResponseHeaders(isError ? 404 : 200, answer.length);
          exchange.getResponseBody().write(answer);
        }
      }
    }
  }

  private static String absent(String document) {
    return document.endsWith("?lifecycle")
        ? "<Error><Code>NoSuchLifecycleConfiguration</Code></Error>"
        : "<VersioningConfiguration/>";
  }

  @Override
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
