package dev.sidewal.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** An HTTP server that answers as a test says, for answers that no well-behaved store gives. */
final class S3Stub implements AutoCloseable {

  /** Answers one request; its body has been read already. */
  interface Handler {
    void handle(HttpExchange exchange) throws IOException;
  }

  /** No test waits for these times: they are for machines that are busy with other tests. */
  static final S3Settings IMPATIENT =
      new S3Settings(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofSeconds(20),
          64 << 10,
          3,
          Duration.ofMillis(1));

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  S3Stub(Handler handler) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          requests.add(
              exchange.getRequestMethod()
                  + (exchange.getRequestHeaders().containsKey("If-None-Match")
                      ? " conditional"
                      : ""));
          exchange.getRequestBody().readAllBytes();
          handler.handle(exchange);
          exchange.close();
        });
    server.start();
  }

  /** Returns the methods of the requests so far, with "conditional" where they were. */
  List<String> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  ReplicaUrl.S3 url() {
    return new ReplicaUrl.S3(
        "bucket",
        "prefix",
        Optional.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort())),
        Optional.of("us-east-1"),
        true);
  }

  S3ObjectStore open() {
    return S3ObjectStore.open(
        url(),
        StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "very-secret")),
        IMPATIENT);
  }

  /** Answers with a status and no body. */
  static void status(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
  }

  /** Answers with an error as S3 words it. */
  static void error(HttpExchange exchange, int status, String code) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      status(exchange, status);
      return;
    }
    // An answer before the body was read would break the connection under the client, which then
    // tries again.
    exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
    xml(
        exchange,
        status,
        "<Error><Code>" + code + "</Code><Message>about " + code + "</Message></Error>");
  }

  /** Answers with XML. */
  static void xml(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + body).getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/xml");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** Waits until a test is done. */
  static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Answers the requests of uploads into a bucket without objects. */
  static void answerUpload(HttpExchange exchange) throws IOException {
    switch (exchange.getRequestMethod()) {
      case "HEAD" -> status(exchange, 404);
      case "GET" -> emptyListing(exchange);
      case "PUT" -> status(exchange, 200);
      default -> {
        if (exchange.getRequestURI().getQuery().contains("uploadId")) {
          xml(exchange, 200, "<CompleteMultipartUploadResult/>");
        } else {
          xml(
              exchange,
              200,
              "<InitiateMultipartUploadResult><UploadId>u1</UploadId>"
                  + "</InitiateMultipartUploadResult>");
        }
      }
    }
  }

  /** Answers that an object is there. */
  static void found(HttpExchange exchange, long size) throws IOException {
    exchange.getResponseHeaders().add("Last-Modified", "Sat, 21 Nov 2026 12:00:00 GMT");
    exchange.getResponseHeaders().add("Content-Length", Long.toString(size));
    exchange.sendResponseHeaders(200, -1);
  }

  /** Answers with a listing of nothing. */
  static void emptyListing(HttpExchange exchange) throws IOException {
    listing(exchange, "");
  }

  /** Answers with a page of a listing; the token may be empty. */
  static void listing(HttpExchange exchange, String next, String... keys) throws IOException {
    StringBuilder body = new StringBuilder("<ListBucketResult>");
    for (String key : keys) {
      body.append("<Contents><Key>")
          .append(key)
          .append("</Key><Size>1</Size>")
          .append("<LastModified>2026-11-21T12:00:00.000Z</LastModified></Contents>");
    }
    if (!next.isEmpty()) {
      body.append("<NextContinuationToken>").append(next).append("</NextContinuationToken>");
    }
    body.append("<IsTruncated>").append(!next.isEmpty()).append("</IsTruncated>");
    xml(exchange, 200, body.append("</ListBucketResult>").toString());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
