package dev.sidewal.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * Ends exchanges in which nothing moves, and lets those go on that are merely slow. The HTTP client
 * below has a timeout for reads and none for writes: while a body is sent, a timer looks whether
 * the connection has taken any of it lately, and breaks it off if not.
 *
 * <p>Invariant: silence of a whole {@code silence} ends an exchange with {@link SilenceException},
 * after which the SDK does not send the request again. So no request waits for more than one.
 *
 * <p>Safe for use by several threads. The timer's thread ends when nothing was sent for a while.
 */
final class WatchedHttpClient implements SdkHttpClient {

  private static final int CHECKS = 4;
  private static final long IDLE_SECONDS = 10;

  private final SdkHttpClient client;
  private final Duration silence;
  private final ScheduledThreadPoolExecutor timer;

  /**
   * Wraps a client.
   *
   * @param silence the read timeout that the client has
   */
  WatchedHttpClient(SdkHttpClient client, Duration silence) {
    this.client = client;
    this.silence = silence;
    this.timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "store-watch");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    timer.allowCoreThreadTimeOut(true);
  }

  @Override
  public String clientName() {
    return client.clientName();
  }

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
    Exchange exchange = new Exchange();
    Optional<ContentStreamProvider> content = request.contentStreamProvider();
    if (content.isEmpty()) {
      exchange.request = client.prepareRequest(request);
      return exchange;
    }
    HttpExecuteRequest.Builder watched =
        HttpExecuteRequest.builder()
            .request(request.httpRequest())
            .contentStreamProvider(() -> new Sent(content.get().newStream(), exchange));
    request.metricCollector().ifPresent(watched::metricCollector);
    exchange.sends = true;
    exchange.request = client.prepareRequest(watched.build());
    return exchange;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    client.close();
  }

  /** One request and its answer. */
  private final class Exchange implements ExecutableHttpRequest {
    private ExecutableHttpRequest request;
    private boolean sends;
    private volatile long lastMove;
    private volatile boolean broken;

    @Override
    public HttpExecuteResponse call() throws IOException {
      moved();
      Optional<Future<?>> watch = Optional.empty();
      if (sends) {
        long every = Math.max(1, silence.toMillis() / CHECKS);
        watch =
            Optional.of(
                timer.scheduleWithFixedDelay(this::look, every, every, TimeUnit.MILLISECONDS));
      }
      try {
        HttpExecuteResponse response = request.call();
        return response
            .responseBody()
            .map(
                body ->
                    HttpExecuteResponse.builder()
                        .response(response.httpResponse())
                        .responseBody(AbortableInputStream.create(new Received(body), body))
                        .build())
            .orElse(response);
      } catch (IOException | RuntimeException e) {
        // Reads time out no earlier than this; a connection that is not made does, and is no
        // silence: it is tried again.
        if (broken || (isTimeout(e) && isSilent())) {
          throw SilenceException.of(silence, e);
        }
        throw e;
      } finally {
        watch.ifPresent(w -> w.cancel(false));
      }
    }

    @Override
    public void abort() {
      request.abort();
    }

    void moved() {
      lastMove = System.nanoTime();
    }

    private void look() {
      if (System.nanoTime() - lastMove > silence.toNanos()) {
        broken = true;
        request.abort();
      }
    }

    private boolean isSilent() {
      return System.nanoTime() - lastMove >= silence.toNanos() * 9 / 10;
    }
  }

  private static boolean isTimeout(Throwable e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /** A body that is sent: who reads from it has sent what was read before. */
  private static final class Sent extends FilterInputStream {
    private final Exchange exchange;

    Sent(InputStream in, Exchange exchange) {
      super(in);
      this.exchange = exchange;
    }

    @Override
    public int read() throws IOException {
      exchange.moved();
      return super.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      exchange.moved();
      return super.read(target, offset, length);
    }
  }

  /** A body that is received; reads from it time out after a silence. */
  private final class Received extends FilterInputStream {

    Received(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      try {
        return super.read();
      } catch (SocketTimeoutException e) {
        throw SilenceException.of(silence, e);
      }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      try {
        return super.read(target, offset, length);
      } catch (SocketTimeoutException e) {
        throw SilenceException.of(silence, e);
      }
    }
  }
}
