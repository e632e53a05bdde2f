package dev.sidewal.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Optional;

/**
 * One client's connection through a {@link FaultyHttpProxy}, and the one to the server that belongs
 * to it. Requests are handled one after the other, as HTTP/1.1 without pipelining has them.
 */
final class ProxiedConnection implements Runnable {

  private static final int BUFFER = 1 << 14;

  /** Ends the connection on purpose. */
  private static final class Ended extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private final FaultyHttpProxy proxy;
  private final Socket client;
  private final byte[] buffer = new byte[BUFFER];
  private Optional<Socket> server = Optional.empty();

  ProxiedConnection(FaultyHttpProxy proxy, Socket client) {
    this.proxy = proxy;
    this.client = client;
  }

  @Override
  public void run() {
    try {
      InputStream in = new BufferedInputStream(client.getInputStream(), BUFFER);
      boolean stays = true;
      while (stays) {
        stays = handle(in);
      }
    } catch (IOException e) {
      FaultyHttpProxy.reset(client); // A fault, or one of the two sides went away.
    } finally {
      proxy.finish(client);
      server.ifPresent(proxy::finish);
    }
  }

  /** Handles one request; returns whether the connection stays. */
  private boolean handle(InputStream in) throws IOException {
    Optional<HttpHead> read = HttpHead.read(in);
    if (read.isEmpty()) {
      return false;
    }
    HttpHead request = read.get();
    HttpFault fault = proxy.decide(request);
    switch (fault.kind()) {
      case RESET -> throw new Ended();
      case SILENCE -> awaitEnd(in, requestLength(request));
      default -> {}
    }
    if (request.says("Expect", "100-continue")) {
      client.getOutputStream().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
      request = request.without("Expect");
    }
    if (fault.kind() == HttpFault.Kind.ANSWER) {
      relay(in, OutputStream.nullOutputStream(), requestLength(request), Long.MAX_VALUE, 0);
      answer(request, fault);
      return !request.says("Connection", "close");
    }
    return pass(request, in, fault);
  }

  private boolean pass(HttpHead request, InputStream in, HttpFault fault) throws IOException {
    Socket there = server.isPresent() ? server.get() : proxy.connect();
    server = Optional.of(there);
    long rate = fault.kind() == HttpFault.Kind.SLOW ? fault.amount() : 0;
    OutputStream up = there.getOutputStream();
    up.write(request.bytes());
    relay(in, up, requestLength(request), Long.MAX_VALUE, rate);
    InputStream down = new BufferedInputStream(there.getInputStream(), BUFFER);
    HttpHead response = HttpHead.read(down).orElseThrow(EOFException::new);
    boolean bodiless =
        request.word(0).equals("HEAD")
            || response.word(1).equals("204")
            || response.word(1).equals("304");
    boolean chunked = response.says("Transfer-Encoding", "chunked");
    long length =
        bodiless ? 0 : response.field("Content-Length").map(Long::parseLong).orElse(Long.MAX_VALUE);
    if (fault.kind() == HttpFault.Kind.LOST_REPLY_RESET
        || fault.kind() == HttpFault.Kind.LOST_REPLY_ANSWER) {
      // To its end: a server may begin to answer before it has done what it was asked for.
      body(down, OutputStream.nullOutputStream(), chunked && !bodiless, length, Long.MAX_VALUE, 0);
      if (fault.kind() == HttpFault.Kind.LOST_REPLY_RESET) {
        throw new Ended();
      }
      answer(request, fault);
      dropServer();
      return !request.says("Connection", "close");
    }
    if (fault.kind() == HttpFault.Kind.STALL) {
      proxy.hold(client); // Before the client can see that it is stuck.
    }
    OutputStream out = client.getOutputStream();
    out.write(response.bytes());
    long limit =
        switch (fault.kind()) {
          case TRUNCATE, STALL -> fault.amount();
          default -> Long.MAX_VALUE;
        };
    if (!body(down, out, chunked && !bodiless, length, limit, rate)) {
      if (fault.kind() == HttpFault.Kind.STALL) {
        awaitEnd(in, 0);
      }
      throw new Ended();
    }
    if (response.says("Connection", "close") || (length == Long.MAX_VALUE && !chunked)) {
      return false;
    }
    return !request.says("Connection", "close");
  }

  /** Passes on the body of an answer; returns whether all of it. */
  private boolean body(
      InputStream from, OutputStream to, boolean chunked, long length, long limit, long rate)
      throws IOException {
    if (chunked) {
      return relayChunks(from, to, limit, rate);
    }
    relay(from, to, length, limit, rate);
    return limit >= length;
  }

  /** Passes on a body of known length, or up to the end of the stream, but no more than a limit. */
  private void relay(InputStream from, OutputStream to, long length, long limit, long rate)
      throws IOException {
    long left = Math.min(length, limit);
    while (left > 0) {
      int n = from.read(buffer, 0, (int) Math.min(left, piece(rate)));
      if (n < 0) {
        if (length == Long.MAX_VALUE) {
          return;
        }
        throw new EOFException();
      }
      to.write(buffer, 0, n);
      left -= n;
      pause(n, rate);
    }
  }

  /** Passes on chunks as they are; the limit counts their contents. Returns whether all came. */
  private boolean relayChunks(InputStream from, OutputStream to, long limit, long rate)
      throws IOException {
    for (long left = limit; left > 0; ) {
      String size = line(from);
      long length = Long.parseLong(size.split(";", 2)[0].strip(), 16);
      to.write((size + "\r\n").getBytes(ISO_8859_1));
      relay(from, to, length, left, rate);
      if (length > left) {
        return false;
      }
      left -= length;
      to.write((line(from) + "\r\n").getBytes(ISO_8859_1));
      if (length == 0) {
        return true;
      }
    }
    return false;
  }

  private static String line(InputStream from) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = from.read(); b != '\n'; b = from.read()) {
      if (b < 0) {
        throw new EOFException();
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  private void answer(HttpHead request, HttpFault fault) throws IOException {
    byte[] body =
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>"
                + fault.code()
                + "</Code><Message>the proxy answers</Message></Error>")
            .getBytes(UTF_8);
    String head =
        "HTTP/1.1 "
            + fault.status()
            + " Fault\r\nContent-Type: application/xml\r\nContent-Length: "
            + body.length
            + "\r\n\r\n";
    OutputStream out = client.getOutputStream();
    out.write(head.getBytes(ISO_8859_1));
    if (!request.word(0).equals("HEAD")) {
      out.write(body);
    }
  }

  /**
   * Waits for the client to go away, or for the proxy to end the connection. Of a long body that is
   * still to come, the rest is not read: who sends it is to be stuck, too.
   */
  private void awaitEnd(InputStream in, long bodyLength) throws IOException {
    proxy.hold(client);
    relay(in, OutputStream.nullOutputStream(), Math.min(bodyLength, BUFFER), Long.MAX_VALUE, 0);
    if (bodyLength <= BUFFER) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    while (bodyLength > BUFFER && !client.isClosed()) {
      sleep(50);
    }
    throw new Ended();
  }

  private void dropServer() {
    server.ifPresent(proxy::finish);
    server = Optional.empty();
  }

  private static long requestLength(HttpHead request) throws IOException {
    if (request.field("Transfer-Encoding").isPresent()) {
      throw new IOException("requests in chunks are not understood");
    }
    return request.field("Content-Length").map(Long::parseLong).orElse(0L);
  }

  private static long piece(long rate) {
    return rate == 0 ? BUFFER : Math.max(1, Math.min(BUFFER, rate / 20));
  }

  private static void pause(int bytes, long rate) throws InterruptedIOException {
    if (rate > 0) {
      sleep(Math.max(1, bytes * 1000L / rate));
    }
  }

  private static void sleep(long millis) throws InterruptedIOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }
}
