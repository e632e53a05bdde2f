package dev.sidewal.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.agent.Token;
import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.SupersededException;
import dev.sidewal.error.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Talks to the running agent over its HTTP endpoint. */
final class AgentClient {

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final ObjectMapper JSON = new ObjectMapper();

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      defaultValue = "http://" + ListenAddress.DEFAULT,
      description = "The agent's HTTP endpoint (default ${DEFAULT-VALUE}).")
  private String endpoint;

  @Mixin private final TokenFlags token = new TokenFlags();

  /** Returns where the agent is asked. */
  String endpoint() {
    return endpoint;
  }

  /** Returns what the agent says of its databases. */
  JsonNode status() {
    return request("GET", "/status", Duration.ofSeconds(10));
  }

  /**
   * Asks for something, and waits until it is done.
   *
   * @param wait how long; empty for not at all
   */
  JsonNode ask(String path, Path database, Optional<Duration> wait) {
    String query =
        "?db="
            + URLEncoder.encode(
                database.toAbsolutePath().normalize().toString(), StandardCharsets.UTF_8)
            + wait.map(w -> "&wait=true&timeout=" + w.toMillis() + "ms").orElse("");
    return request("POST", path + query, wait.orElse(Duration.ZERO).plus(GRACE));
  }

  private JsonNode request(String method, String path, Duration patience) {
    Optional<Token> shown = token.token();
    try {
      URI uri = URI.create(endpoint + path);
      if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
        throw new UsageException("'" + endpoint + "' is no endpoint: write http://HOST:PORT");
      }
      HttpURLConnection http = (HttpURLConnection) uri.toURL().openConnection();
      http.setRequestMethod(method);
      shown.ifPresent(t -> http.setRequestProperty("Authorization", t.header()));
      http.setConnectTimeout((int) CONNECT.toMillis());
      http.setReadTimeout((int) Math.min(Integer.MAX_VALUE, patience.toMillis()));
      int status = http.getResponseCode();
      try (InputStream in = status < 400 ? http.getInputStream() : http.getErrorStream()) {
        JsonNode body = JSON.readTree(in);
        if (status >= 400) {
          throw failure(status, body);
        }
        return body;
      }
    } catch (IllegalArgumentException e) {
      throw new UsageException("'" + endpoint + "' is no endpoint: write http://HOST:PORT", e);
    } catch (IOException e) {
      throw new DatabaseException(
          "No agent answers at "
              + endpoint
              + " ("
              + e.getMessage()
              + "). Is it running, with that address as --listen? What is replicated and what is"
              + " not cannot be told.",
          e);
    }
  }

  private RuntimeException failure(int status, JsonNode body) {
    String message = "The agent says: " + body.path("error").asText("HTTP status " + status);
    return switch (body.path("exitCode").asInt(0)) {
      case 9 -> new SupersededException(message);
      case 4 -> new StoreException(message, true, null);
      default ->
          status == 400 || status == 401 || status == 404
              ? new UsageException(message)
              : status == 504
                  ? new StoreException(message, true, null)
                  : new DatabaseException(message);
    };
  }
}
