package dev.sidewal.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * An HTTP proxy before an S3 server that does to each request what the test says. It is an {@link
 * S3Server} itself: its {@link #url} and {@link #open} go through it, those of {@link #behind} past
 * it. The bytes it passes on are untouched, so signatures hold.
 *
 * <p>What is done to a request: the fault of {@link #failAll} if one is set, else what the plan of
 * {@link #plan} says, decided once the request's head has been read. Safe for use by several
 * threads. {@link #close} ends every connection and waits for every thread; the server behind stays
 * the caller's to close.
 */
public final class FaultyHttpProxy implements S3Server {

  /** Decides what happens to a request. Called by several threads. */
  public interface Plan {
    /**
     * Decides.
     *
     * @param method such as {@code GET}
     * @param path with its query, as on the wire; {@link S3Operation#of} reads both
     */
    HttpFault faultOf(String method, String path);
  }

  private static final int REQUESTS_KEPT = 10_000;

  private final S3Server behind;
  private final int port;
  private final ExecutorService threads = Executors.newCachedThreadPool(FaultyHttpProxy::thread);
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Socket> held = ConcurrentHashMap.newKeySet();
  private final Deque<String> requests = new ArrayDeque<>();
  private final Map<S3Operation, Long> counts = new EnumMap<>(S3Operation.class);
  private volatile Plan plan = (method, path) -> HttpFault.PASS;
  private volatile Optional<HttpFault> all = Optional.empty();
  private volatile boolean closed;
  private ServerSocket listener;
  private Future<?> acceptor;

  private FaultyHttpProxy(S3Server behind) {
    this.behind = behind;
    this.listener = bind(0);
    this.port = listener.getLocalPort();
    this.acceptor = accept(listener);
  }

  /** Starts a proxy that passes everything on. */
  public static FaultyHttpProxy before(S3Server server) {
    return new FaultyHttpProxy(server);
  }

  /** Sets what happens to requests from now on. */
  public void plan(Plan newPlan) {
    plan = newPlan;
  }

  /** Fails the next requests of an operation; what comes after them passes. Replaces the plan. */
  public void failNext(int count, S3Operation operation, HttpFault fault) {
    AtomicInteger left = new AtomicInteger(count);
    plan(
        (method, path) ->
            S3Operation.of(method, path) == operation && left.getAndDecrement() > 0
                ? fault
                : HttpFault.PASS);
  }

  /** Has every request fail from now on, whatever the plan says. */
  public void failAll(HttpFault fault) {
    all = Optional.of(fault);
  }

  /** Ends {@link #failAll} and {@link #refuse}; connections that a fault keeps silent are reset. */
  public synchronized void heal() {
    all = Optional.empty();
    held.forEach(FaultyHttpProxy::reset);
    if (listener.isClosed() && !closed) {
      listener = bind(port);
      acceptor = accept(listener);
    }
  }

  /**
   * Stops listening: connections are refused until {@link #heal}. Those that are open are reset.
   */
  public synchronized void refuse() {
    try {
      listener.close();
      acceptor.get(); // The port stays open as long as a thread waits for a connection to it.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sockets.forEach(FaultyHttpProxy::reset);
  }

  /**
   * Returns the latest requests, oldest first, as {@code METHOD path}, with the value of a {@code
   * Range} field behind them; at most ten thousand.
   */
  public List<String> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  /** Returns how many requests of an operation came. */
  public long count(S3Operation operation) {
    synchronized (requests) {
      return counts.getOrDefault(operation, 0L);
    }
  }

  /** Forgets what was counted. */
  public void resetCounts() {
    synchronized (requests) {
      requests.clear();
      counts.clear();
    }
  }

  /** Returns how many connections, to either side, are open. */
  public int connections() {
    return sockets.size();
  }

  /** Returns the server behind. */
  public S3Server behind() {
    return behind;
  }

  @Override
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  @Override
  public String bucket() {
    return behind.bucket();
  }

  @Override
  public String region() {
    return behind.region();
  }

  @Override
  public AwsCredentialsProvider credentials() {
    return behind.credentials();
  }

  @Override
  public Map<String, String> environment() {
    return behind.environment();
  }

  @Override
  public void useInThisJvm() {
    behind.useInThisJvm();
  }

  @Override
  public void close() {
    closed = true;
    refuse();
    threads.shutdown();
    try {
      for (int i = 0; !threads.awaitTermination(100, TimeUnit.MILLISECONDS); i++) {
        sockets.forEach(FaultyHttpProxy::reset); // One may have come while the others were closed.
        threads.shutdownNow();
        if (i > 100) {
          throw new IllegalStateException("a thread of the proxy does not end");
        }
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** Notes a request and decides what happens to it. */
  HttpFault decide(HttpHead request) {
    String method = request.word(0);
    String path = request.word(1);
    synchronized (requests) {
      if (requests.size() == REQUESTS_KEPT) {
        requests.removeFirst();
      }
      requests.addLast(
          method + " " + path + request.field("Range").map(range -> " " + range).orElse(""));
      counts.merge(S3Operation.of(method, path), 1L, Long::sum);
    }
    return all.orElseGet(() -> plan.faultOf(method, path));
  }

  /** Connects to the server behind. */
  Socket connect() throws IOException {
    URI uri = behind.endpoint();
    return register(new Socket(uri.getHost(), uri.getPort()));
  }

  /** Closes a connection in the ordinary way. */
  void finish(Socket socket) {
    sockets.remove(socket);
    held.remove(socket);
    closeQuietly(socket);
  }

  /** Notes a connection that is silent until it is healed. */
  void hold(Socket socket) {
    held.add(socket);
  }

  /** Closes a connection such that the other side sees a reset. */
  static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (SocketException e) {
      return; // Closed already.
    }
    closeQuietly(socket);
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      return; // It is gone, which is what was wanted.
    }
  }

  private Socket register(Socket socket) throws IOException {
    sockets.add(socket);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private Future<?> accept(ServerSocket from) {
    return threads.submit(
        () -> {
          while (!from.isClosed()) {
            acceptOne(from);
          }
        });
  }

  private void acceptOne(ServerSocket from) {
    try {
      Socket client = register(from.accept());
      try {
        threads.execute(new ProxiedConnection(this, client));
      } catch (RejectedExecutionException e) {
        finish(client); // The proxy is being closed.
      }
    } catch (IOException e) {
      return; // Closed, which the loop sees; or one connection that came to nothing.
    }
  }

  private static ServerSocket bind(int port) {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.setReceiveBufferSize(1 << 16); // A slow request is to be slow, not in a buffer.
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "faulty-http-proxy");
    thread.setDaemon(true);
    return thread;
  }
}
