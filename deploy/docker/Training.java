import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * The training run behind the image's AOT cache: an agent replicates a small database to an S3
 * server in this process, and answers probes, so that the cache has the classes of all of that.
 *
 * <pre>java -cp sidewal.jar Training.java LAUNCHER CACHE</pre>
 *
 * The cache is made by the launcher's own JVM with the launcher's own flags; it fits no other.
 */
public class Training {

  private static final NavigableMap<String, byte[]> OBJECTS = new ConcurrentSkipListMap<>();

  public static void main(String[] args) throws Exception {
    String launcher = args[0];
    Path cache = Path.of(args[1]).toAbsolutePath();
    HttpServer s3 = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    s3.setExecutor(Executors.newCachedThreadPool());
    s3.createContext("/", Training::answer);
    s3.start();
    int listen;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      listen = free.getLocalPort();
    }
    Path dir = Files.createTempDirectory("training");
    String db = dir.resolve("app.db").toString();
    List<String> command =
        new ArrayList<>(List.of(launcher, "replicate", "--listen", "127.0.0.1:" + listen, db));
    command.add(
        "s3://bucket/app?region=us-east-1&path-style=true&endpoint=http://127.0.0.1:"
            + s3.getAddress().getPort());
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    // The JVM warns of each class that the cache cannot have; that is of no use.
    builder
        .environment()
        .put("SIDEWAL_JAVA_OPTS", "-XX:AOTCacheOutput=" + cache + " -Xlog:all=error:stderr");
    builder.environment().put("AWS_ACCESS_KEY_ID", "training");
    builder.environment().put("AWS_SECRET_ACCESS_KEY", "training");
    Process agent = builder.start();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement sql = connection.createStatement()) {
      sql.execute("PRAGMA journal_mode=WAL");
      sql.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT)");
      String name = URLEncoder.encode(db, StandardCharsets.UTF_8);
      String endpoint = "http://127.0.0.1:" + listen;
      for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 100; i++) {
          sql.execute("INSERT INTO t(text) VALUES(hex(randomblob(200)))");
        }
        ask(agent, "POST", endpoint + "/sync?wait=true&timeout=20s&db=" + name);
      }
      ask(agent, "POST", endpoint + "/snapshot?wait=true&db=" + name);
      for (String path : List.of("/livez", "/readyz", "/status")) {
        ask(agent, "GET", endpoint + path);
      }
    } finally {
      agent.destroy();
      // The JVM makes the cache when it ends, in another JVM.
      if (!agent.waitFor(120, TimeUnit.SECONDS)) {
        agent.destroyForcibly();
      }
      s3.stop(0);
    }
    if (agent.exitValue() != 0 || !Files.exists(cache) || OBJECTS.isEmpty()) {
      System.err.println(
          "training failed: the agent ended with " + agent.exitValue() + ", objects " + OBJECTS.keySet());
      System.exit(1);
    }
    System.err.println("training: " + OBJECTS.size() + " objects, " + Files.size(cache) + " bytes");
    System.exit(0);
  }

  /** Asks until it is answered with 200: the agent is starting. */
  private static void ask(Process agent, String method, String url) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (agent.isAlive() && System.nanoTime() < end) {
      HttpURLConnection http = (HttpURLConnection) URI.create(url).toURL().openConnection();
      http.setRequestMethod(method);
      http.setReadTimeout(30_000);
      try {
        if (http.getResponseCode() == 200) {
          http.getInputStream().readAllBytes();
          return;
        }
      } catch (IOException notYet) {
        // Nobody listens there yet.
      }
      Thread.sleep(50);
    }
    throw new IllegalStateException("no answer from " + url);
  }

  private static void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    URI uri = exchange.getRequestURI();
    String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
    String key = uri.getPath().replaceFirst("^/bucket/?", "");
    switch (exchange.getRequestMethod()) {
      case "PUT" -> {
        boolean conditional = exchange.getRequestHeaders().containsKey("If-None-Match");
        if (!query.isEmpty()) {
          error(exchange, 501, "NotImplemented");
        } else if (conditional && OBJECTS.containsKey(key)) {
          error(exchange, 412, "PreconditionFailed");
        } else {
          OBJECTS.put(key, body);
          exchange.getResponseHeaders().add("ETag", "\"" + OBJECTS.size() + "\"");
          exchange.sendResponseHeaders(200, -1);
        }
      }
      case "GET" -> {
        if (query.contains("list-type")) {
          xml(exchange, 200, list(query));
        } else if (!query.isEmpty() && !query.contains("x-id")) {
          error(exchange, 501, "NotImplemented");
        } else if (OBJECTS.containsKey(key)) {
          object(exchange, OBJECTS.get(key));
        } else {
          error(exchange, 404, "NoSuchKey");
        }
      }
      case "HEAD" -> {
        if (OBJECTS.containsKey(key)) {
          exchange.getResponseHeaders().add("Content-Length", "" + OBJECTS.get(key).length);
          String now = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
          exchange.getResponseHeaders().add("Last-Modified", now);
        }
        exchange.sendResponseHeaders(OBJECTS.containsKey(key) ? 200 : 404, -1);
      }
      default -> error(exchange, 501, "NotImplemented");
    }
    exchange.close();
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

  private static String list(String query) {
    StringBuilder xml = new StringBuilder("<ListBucketResult><IsTruncated>false</IsTruncated>");
    String decoded = URLDecoder.decode(query, StandardCharsets.UTF_8);
    String prefix = decoded.replaceFirst("^(.*&)?prefix=([^&]*).*$", "$2");
    OBJECTS.forEach(
        (key, bytes) -> {
          if (key.startsWith(prefix)) {
            xml.append("<Contents><Key>").append(key).append("</Key><Size>").append(bytes.length);
            xml.append("</Size><LastModified>").append(Instant.now()).append("</LastModified>");
            xml.append("</Contents>");
          }
        });
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
