package dev.sidewal.agent;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sidewal.error.SidewalException;
import dev.sidewal.error.UsageException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's HTTP endpoint: what it is doing, and what it may be asked for.
 *
 * <pre>
 * GET  /livez                                   200, or 503 if following does not move
 * GET  /readyz[?strict=true]                    200 when following has begun; strict: and the store takes what is shipped
 * GET  /status                                  what each database's replication is doing
 * POST /sync?[db=][&amp;wait=true][&amp;timeout=5s]     ships what is committed now; wait: answers when the store has it
 * POST /snapshot?[db=][&amp;wait=true][&amp;timeout=]   takes a snapshot; wait: answers when the store has it
 * </pre>
 *
 * <p>Answers are JSON documents. {@code db} may be left out where there is one database only. A
 * failure has {@code error}, and {@code exitCode} if it is one that a command would end with: 400,
 * 404 and 405 for what is wrong with the request, 504 when the time is up, 503 else.
 *
 * <p>It listens on loopback addresses only: nobody is asked who he is. At most {@value #THREADS}
 * requests are worked on at a time, {@value #QUEUE} wait. Safe for use by several threads.
 */
public final class HttpEndpoint implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);
  private static final int THREADS = 8;
  private static final int QUEUE = 64;
  private static final Duration WAIT = Duration.ofSeconds(30);
  private static final Duration SNAPSHOT_WAIT = Duration.ofHours(24);
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A database that is served.
   *
   * @param database its path
   * @param replication its replication
   */
  public record Served(Path database, Replication replication) {}

  /** An answer. */
  private record Answer(int status, Map<String, Object> body) {
    static Answer error(int status, String message) {
      return new Answer(status, Map.of("error", message));
    }
  }

  private final HttpServer server;
  private final ThreadPoolExecutor executor;
  private final List<Served> served;

  private HttpEndpoint(HttpServer server, List<Served> served) {
    this.server = server;
    this.served = List.copyOf(served);
    AtomicInteger number = new AtomicInteger();
    this.executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(QUEUE),
            task -> {
              Thread thread = new Thread(task, "sidewal-http-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * Begins to listen.
   *
   * @param address a loopback address; port 0 for any that is free
   * @throws UsageException if it is not one of loopback
   * @throws IOException if it is in use
   */
  public static HttpEndpoint start(InetSocketAddress address, List<Served> served)
      throws IOException {
    if (address.getAddress() == null || !address.getAddress().isLoopbackAddress()) {
      throw new UsageException(
          address
              + " is no loopback address: whoever reaches it could take snapshots. Listen on"
              + " 127.0.0.1 or [::1].");
    }
    HttpEndpoint endpoint = new HttpEndpoint(HttpServer.create(address, 16), served);
    endpoint.server.setExecutor(endpoint.executor);
    endpoint.server.createContext("/", endpoint::handle);
    endpoint.server.start();
    return endpoint;
  }

  /** Returns where it listens. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer;
      try {
        answer = answer(exchange);
      } catch (SidewalException e) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("error", e.getMessage());
        body.put("exitCode", e.exitCode().code());
        answer = new Answer(503, body);
      } catch (TimeoutException e) {
        answer = Answer.error(504, "It took longer than the timeout; it goes on.");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        answer = Answer.error(503, "The agent is ending.");
      } catch (IllegalArgumentException e) {
        answer = Answer.error(400, e.getMessage());
      } catch (RuntimeException e) {
        LOG.error("a request for {} failed", exchange.getRequestURI().getPath(), e);
        answer = Answer.error(500, "unexpected: " + e);
      }
      byte[] bytes =
          (JSON.writeValueAsString(answer.body()) + "\n").getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(answer.status(), bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private Answer answer(HttpExchange exchange) throws InterruptedException, TimeoutException {
    String path = exchange.getRequestURI().getPath();
    boolean isPost = exchange.getRequestMethod().equals("POST");
    Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
    boolean asks = path.equals("/sync") || path.equals("/snapshot");
    if (asks != isPost && (asks || isPost || path.equals("/status"))) {
      return Answer.error(405, path + " is to be asked by " + (asks ? "POST" : "GET"));
    }
    if (isPost && exchange.getRequestHeaders().containsKey("Origin")) {
      // A page in somebody's browser, which can reach loopback addresses too.
      return Answer.error(403, "requests of web pages are not answered");
    }
    return switch (path) {
      case "/livez" -> livez();
      case "/readyz" -> readyz(flag(query, "strict"));
      case "/status" -> status();
      case "/sync" -> sync(query);
      case "/snapshot" -> snapshot(query);
      default -> Answer.error(404, "there is no " + path);
    };
  }

  private Answer livez() {
    boolean alive = served.stream().allMatch(s -> s.replication().isAlive());
    return new Answer(alive ? 200 : 503, Map.of("alive", alive));
  }

  private Answer readyz(boolean strict) {
    boolean ready =
        served.stream()
            .map(s -> s.replication().status())
            .allMatch(s -> strict ? s.isReady() : s.state().isFollowing());
    return new Answer(ready ? 200 : 503, Map.of("ready", ready));
  }

  private Answer status() {
    return new Answer(200, Map.of("databases", served.stream().map(StatusDocument::of).toList()));
  }

  private Answer sync(Map<String, String> query) throws InterruptedException, TimeoutException {
    Served one = database(query);
    if (!flag(query, "wait")) {
      one.replication().beginSync();
      return new Answer(202, Map.of("database", one.database().toString()));
    }
    return done(one, one.replication().sync(timeout(query, WAIT)));
  }

  private Answer snapshot(Map<String, String> query) throws InterruptedException, TimeoutException {
    Served one = database(query);
    if (!flag(query, "wait")) {
      one.replication().beginSnapshot();
      return new Answer(202, Map.of("database", one.database().toString()));
    }
    return done(one, one.replication().snapshot(timeout(query, SNAPSHOT_WAIT)));
  }

  private static Answer done(Served one, long txid) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("database", one.database().toString());
    body.put("txid", txid);
    return new Answer(200, body);
  }

  private Served database(Map<String, String> query) {
    Optional<String> wanted = Optional.ofNullable(query.get("db"));
    if (wanted.isEmpty() && served.size() == 1) {
      return served.get(0);
    }
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException("several databases are replicated: name one with db=");
    }
    Path path = Path.of(wanted.get()).toAbsolutePath().normalize();
    return served.stream()
        .filter(s -> s.database().toAbsolutePath().normalize().equals(path))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "this agent does not replicate "
                        + path
                        + ", but "
                        + String.join(
                            ", ", served.stream().map(s -> s.database().toString()).toList())));
  }

  private static boolean flag(Map<String, String> query, String name) {
    String value = query.getOrDefault(name, "false");
    if (!value.equals("true") && !value.equals("false")) {
      throw new IllegalArgumentException(name + " is true or false, not '" + value + "'");
    }
    return value.equals("true");
  }

  private static Duration timeout(Map<String, String> query, Duration usual) {
    Optional<String> value = Optional.ofNullable(query.get("timeout"));
    if (value.isEmpty()) {
      return usual;
    }
    Matcher m = DURATION.matcher(value.get());
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "timeout is a whole number with ms, s, m or h, not '" + value.get() + "'");
    }
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "ms" -> Duration.ofMillis(n);
      case "s" -> Duration.ofSeconds(n);
      case "m" -> Duration.ofMinutes(n);
      default -> Duration.ofHours(n);
    };
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new HashMap<>();
    if (raw != null) {
      for (String pair : raw.split("&", -1)) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "true" : pair.substring(equals + 1);
        query.put(
            URLDecoder.decode(name, StandardCharsets.UTF_8),
            URLDecoder.decode(value, StandardCharsets.UTF_8));
      }
    }
    return query;
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
