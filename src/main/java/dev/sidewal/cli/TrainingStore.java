package dev.sidewal.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * As much of an S3 server, in memory and on loopback, as {@link Training} asks for: what it does
 * not know is answered with 501, as by the stores that lack it.
 */
final class TrainingStore implements AutoCloseable {

  private final NavigableMap<String, byte[]> objects = new ConcurrentSkipListMap<>();
  private final HttpServer server;

  TrainingStore() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    // The credentials chain looks here, too.
    System.setProperty("aws.accessKeyId", "training");
    System.setProperty("aws.secretAccessKey", "training");
  }

  /** Returns the URL of a replica in it. */
  String url() {
    return "s3://bucket/app?region=us-east-1&path-style=true&endpoint=http://127.0.0.1:"
        + server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      URI uri = exchange.getRequestURI();
      String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
      String key = uri.getPath().replaceFirst("^/bucket/?", "");
      String method = exchange.getRequestMethod();
      boolean plain = query.isEmpty() || query.contains("x-id");
      if (method.equals("GET") && query.contains("list-type")) {
        xml(exchange, 200, list(query));
      } else if (method.equals("PUT") && plain) {
        boolean conditional = exchange.getRequestHeaders().containsKey("If-None-Match");
        if (conditional && objects.containsKey(key)) {
          error(exchange, 412, "PreconditionFailed");
        } else {
          objects.put(key, body);
          exchange.getResponseHeaders().add("ETag", "\"" + objects.size() + "\"");
          exchange.sendResponseHeaders(200, -1);
        }
      } else if (method.equals("GET") && plain && objects.containsKey(key)) {
        object(exchange, objects.get(key));
      } else if (method.equals("GET") && plain) {
        error(exchange, 404, "NoSuchKey");
      } else if (method.equals("DELETE") && plain) {
        objects.remove(key);
        exchange.sendResponseHeaders(204, -1);
      } else if (method.equals("HEAD")) {
        head(exchange, key);
      } else {
        error(exchange, 501, "NotImplemented");
      }
    }
  }

  private void head(HttpExchange exchange, String key) throws IOException {
    byte[] object = objects.get(key);
    if (object == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    exchange.getResponseHeaders().add("Content-Length", Integer.toString(object.length));
    exchange
        .getResponseHeaders()
        .add(
            "Last-Modified",
            DateTimeFormatter.RFC_1123_DATE_TIME.format(Instant.EPOCH.atOffset(ZoneOffset.UTC)));
    exchange.sendResponseHeaders(200, -1);
  }

  private static void object(HttpExchange exchange, byte[] bytes) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = 0;
    int to = bytes.length;
    if (range != null) {
      String[] bounds = range.replace("bytes=", "").split("-", 2);
      from = bounds[0].isEmpty() ? to - Integer.parseInt(bounds[1]) : Integer.parseInt(bounds[0]);
      if (!bounds[0].isEmpty() && !bounds[1].isEmpty()) {
        to = Math.min(to, Integer.parseInt(bounds[1]) + 1);
      }
      exchange
          .getResponseHeaders()
          .add("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + bytes.length);
    }
    exchange.sendResponseHeaders(range == null ? 200 : 206, to - from);
    exchange.getResponseBody().write(bytes, from, to - from);
  }

  private String list(String query) {
    StringBuilder xml = new StringBuilder("<ListBucketResult><IsTruncated>false</IsTruncated>");
    String decoded = URLDecoder.decode(query, StandardCharsets.UTF_8);
    String prefix = decoded.replaceFirst("^(.*&)?prefix=([^&]*).*$", "$2");
    for (Map.Entry<String, byte[]> object : objects.entrySet()) {
      if (object.getKey().startsWith(prefix)) {
        xml.append("<Contents><Key>").append(object.getKey());
        xml.append("</Key><Size>").append(object.getValue().length);
        xml.append("</Size><LastModified>").append(Instant.EPOCH);
        xml.append("</LastModified></Contents>");
      }
    }
    return xml.append("</ListBucketResult>").toString();
  }

  private static void error(HttpExchange exchange, int status, String code) throws IOException {
    xml(exchange, status, "<Error><Code>" + code + "</Code></Error>");
  }

  private static void xml(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/xml");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
