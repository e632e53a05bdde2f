package dev.sidewal.agent;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sidewal.error.SidewalException;
import dev.sidewal.error.UsageException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's HTTP endpoint: what it is doing, and what it may be asked for.
 *
 * <pre>
 * GET  /livez[?db=]                             200, or 503 if following does not move
 * GET  /readyz[?db=][&amp;strict=true]             200 when following has begun; strict: and the store takes what is shipped
 * GET  /metrics                                 the figures, in the text format of Prometheus
 * GET  /status[?db=]                            what each database's replication is doing
 * POST /sync?[db=][&amp;wait=true][&amp;timeout=5s]     ships what is committed now; wait: answers when the store has it
 * POST /snapshot?[db=][&amp;wait=true][&amp;timeout=]   takes a snapshot; wait: answers when the store has it
 * </pre>
 *
 * <p>Answers are JSON documents, but for the figures. {@code db} may be left out where there is one
 * database only; health and status are then about all. A failure has {@code error}, and {@code
 * exitCode} if it is one that a command would end with: 400, 403, 404 and 405 for what is wrong
 * with the request, 401 without the token, 504 when the time is up, 503 else.
 *
 * <p>Invariant: without a token it listens on loopback addresses only; with one, every request but
 * the two about health needs it, wherever it comes from. Those two say yes or no and nothing else.
 * Bodies of requests are not read.
 *
 * <p>At most {@value #THREADS} requests are worked on at a time, {@value #QUEUE} wait; at most
 * {@value #WAITERS} of them are such that wait for the store, so that health is always answered.
 * Safe for use by several threads.
 */
public final class HttpEndpoint implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HttpEndpoint.class);
  private static final int THREADS = 24;
  private static final int WAITERS = 16;
  private static final int QUEUE = 64;
  private static final int BUFFER = 1 << 16;
  private static final Duration WAIT = Duration.ofSeconds(30);
  private static final Duration SNAPSHOT_WAIT = Duration.ofHours(24);

  /** Loaded with the first answer, not at the start. */
  private static final class Json {
    static final ObjectMapper MAPPER = new ObjectMapper();
  }

  /**
   * What is served, and to whom.
   *
   * @param databases those that are replicated now
   * @param metrics the figures; empty if there are none
   * @param token what every request must show; empty for nothing, on loopback addresses only
   * @param clock the clock of the replications
   */
  public record Service(
      Supplier<List<Agent.Replicated>> databases,
      Optional<MetricsPage> metrics,
      Optional<Token> token,
      Clock clock) {}

  /** An answer. */
  private record Answer(int status, Map<String, Object> body) {
    static Answer error(int status, String message) {
      return new Answer(status, Map.of("error", message));
    }
  }

  /** Begins what was asked for. */
  private interface Beginning {
    void begin(Replication replication);
  }

  /** Does what was asked for; returns the transaction that the store has then. */
  private interface Deed {
    long carryOut(Replication replication, Duration timeout)
        throws InterruptedException, TimeoutException;
  }

  private final HttpServer server;
  private final ThreadPoolExecutor executor;
  private final Service service;
  private final Semaphore waiters = new Semaphore(WAITERS);

  private HttpEndpoint(HttpServer server, Service service) {
    this.server = server;
    this.service = service;
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
   * Checks that an address may be listened on.
   *
   * @throws UsageException if it is no loopback address and there is no token, or is not known
   */
  public static void check(InetSocketAddress address, boolean hasToken) {
    if (address.getAddress() == null) {
      throw new UsageException("The address " + address + " to listen on is not known.");
    }
    if (!address.getAddress().isLoopbackAddress() && !hasToken) {
      throw new UsageException(
          address
              + " is no loopback address: whoever reaches it could take snapshots. Listen on"
              + " 127.0.0.1 or [::1], or set a token that requests must show (--token-file).");
    }
  }

  /**
   * Begins to listen.
   *
   * @param address a loopback address, or any other if there is a token; port 0 for any that is
   *     free
   * @throws UsageException if it is another one and there is no token
   * @throws IOException if it is in use
   */
  public static HttpEndpoint start(InetSocketAddress address, Service service) throws IOException {
    check(address, service.token().isPresent());
    HttpEndpoint endpoint = new HttpEndpoint(HttpServer.create(address, 16), service);
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
      String path = exchange.getRequestURI().getPath();
      boolean probe = path.equals("/livez") || path.equals("/readyz");
      if (!probe && service.token().filter(t -> !t.isShownBy(exchange)).isPresent()) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"sidewal\"");
        send(
            exchange, Answer.error(401, "this agent wants its token: Authorization: Bearer TOKEN"));
      } else if (path.equals("/metrics") && service.metrics().isPresent() && isGet(exchange)) {
        metrics(exchange, service.metrics().get());
      } else {
        send(exchange, answerOrError(exchange, path));
      }
    }
  }

  private static boolean isGet(HttpExchange exchange) {
    return exchange.getRequestMethod().equals("GET");
  }

  private static void metrics(HttpExchange exchange, MetricsPage page) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", page.contentType());
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = new BufferedOutputStream(exchange.getResponseBody(), BUFFER)) {
      page.write(out);
    }
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] bytes =
        (Json.MAPPER.writeValueAsString(answer.body()) + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(answer.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private Answer answerOrError(HttpExchange exchange, String path) {
    try {
      return answer(exchange, path);
    } catch (SidewalException e) {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("error", e.getMessage());
      body.put("exitCode", e.exitCode().code());
      return new Answer(503, body);
    } catch (TimeoutException e) {
      return Answer.error(504, "It took longer than the timeout; it goes on.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.error(503, "The agent is ending.");
    } catch (IllegalArgumentException e) {
      return Answer.error(400, e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("a request for {} failed", path, e);
      return Answer.error(500, "unexpected: " + e);
    }
  }

  private Answer answer(HttpExchange exchange, String path)
      throws InterruptedException, TimeoutException {
    boolean isPost = exchange.getRequestMethod().equals("POST");
    RequestQuery query = RequestQuery.of(exchange.getRequestURI().getRawQuery());
    boolean asks = path.equals("/sync") || path.equals("/snapshot");
    if (asks != isPost && (asks || isPost || path.equals("/status"))) {
      return Answer.error(405, path + " is to be asked by " + (asks ? "POST" : "GET"));
    }
    if (isPost && exchange.getRequestHeaders().containsKey("Origin")) {
      // A page in somebody's browser, which can reach loopback addresses too.
      return Answer.error(403, "requests of web pages are not answered");
    }
    return switch (path) {
      case "/livez" -> health("alive", query, d -> d.replication().isAlive());
      case "/readyz" -> readyz(query);
      case "/status" -> status(query);
      case "/sync" -> ask(query, Replication::beginSync, Replication::sync, WAIT);
      case "/snapshot" ->
          ask(query, Replication::beginSnapshot, Replication::snapshot, SNAPSHOT_WAIT);
      default -> Answer.error(404, "there is no " + path);
    };
  }

  private Answer readyz(RequestQuery query) {
    boolean strict = query.flag("strict");
    return health(
        "ready",
        query,
        d -> {
          ReplicationStatus status = d.replication().status();
          return strict ? status.isReady() : status.state().isFollowing();
        });
  }

  private Answer health(String word, RequestQuery query, Predicate<Agent.Replicated> healthy) {
    boolean all = databases(query).map(l -> l.stream().allMatch(healthy)).orElse(false);
    return new Answer(all ? 200 : 503, Map.of(word, all));
  }

  private Answer status(RequestQuery query) {
    Optional<List<Agent.Replicated>> databases = databases(query);
    if (databases.isEmpty()) {
      throw unknown(query.value("db").orElseThrow());
    }
    return new Answer(
        200,
        Map.of(
            "databases",
            databases.get().stream()
                .map(d -> StatusDocument.of(d, service.clock().instant()))
                .toList()));
  }

  private Answer ask(RequestQuery query, Beginning beginning, Deed deed, Duration usual)
      throws InterruptedException, TimeoutException {
    Agent.Replicated one = database(query);
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("database", one.database().toString());
    if (!query.flag("wait")) {
      beginning.begin(one.replication());
      return new Answer(202, body);
    }
    Duration timeout = query.timeout(usual);
    if (!waiters.tryAcquire()) {
      return Answer.error(
          503, WAITERS + " requests wait for the store already: ask again, or without wait=true");
    }
    try {
      body.put("txid", deed.carryOut(one.replication(), timeout));
    } finally {
      waiters.release();
    }
    return new Answer(200, body);
  }

  /** Returns the database that is asked about, or all; empty if it is not replicated. */
  private Optional<List<Agent.Replicated>> databases(RequestQuery query) {
    List<Agent.Replicated> all = service.databases().get();
    Optional<String> wanted = query.value("db");
    return wanted.isEmpty() ? Optional.of(all) : find(all, wanted.get()).map(List::of);
  }

  private Agent.Replicated database(RequestQuery query) {
    List<Agent.Replicated> all = service.databases().get();
    Optional<String> wanted = query.value("db");
    if (wanted.isEmpty() && all.size() == 1) {
      return all.get(0);
    }
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException(
          all.isEmpty()
              ? "no database is replicated now"
              : "several databases are replicated: name one with db=");
    }
    return find(all, wanted.get()).orElseThrow(() -> unknown(wanted.get()));
  }

  private static Optional<Agent.Replicated> find(List<Agent.Replicated> all, String wanted) {
    Path path = Path.of(wanted).toAbsolutePath().normalize();
    return all.stream()
        .filter(d -> d.database().toAbsolutePath().normalize().equals(path))
        .findFirst();
  }

  private IllegalArgumentException unknown(String wanted) {
    List<String> some =
        service.databases().get().stream().limit(5).map(d -> d.database().toString()).toList();
    return new IllegalArgumentException(
        "this agent does not replicate "
            + Path.of(wanted).toAbsolutePath().normalize()
            + ", but "
            + (some.isEmpty() ? "nothing" : String.join(", ", some))
            + (service.databases().get().size() > some.size() ? " and others" : ""));
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
