package dev.sidewal.torture;

import static dev.sidewal.torture.Seeds.oneOf;

import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.HttpFault;
import dev.sidewal.testing.S3Operation;
import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** A bucket of an S3 server in this JVM, behind a proxy that makes requests fail. */
final class BucketPlace implements ReplicaPlace {

  private static final String PREFIX = "torture";

  private final S3Server server;
  private final FaultyHttpProxy proxy;
  private final Figures figures;
  private volatile boolean troubled;

  BucketPlace(Figures figures) {
    this.figures = figures;
    this.server = S3ProxyServer.start();
    this.proxy = FaultyHttpProxy.before(server);
    server.useInThisJvm();
  }

  @Override
  public String agentUrl() {
    return url(proxy);
  }

  @Override
  public String url() {
    return url(server);
  }

  private static String url(S3Server at) {
    return "s3://%s/%s?endpoint=%s&region=%s&path-style=true"
        .formatted(at.bucket(), PREFIX, at.endpoint(), at.region());
  }

  @Override
  public Map<String, String> environment() {
    return proxy.environment();
  }

  @Override
  public void trouble(Random random) {
    double kind = random.nextDouble();
    troubled = kind >= 0.35;
    if (!troubled) {
      proxy.plan((method, path) -> HttpFault.PASS);
    } else if (kind < 0.65) {
      some(random, 0.05 + random.nextDouble() * 0.2);
    } else if (kind < 0.8) {
      lostReplies(random);
    } else if (kind < 0.92) {
      outage(random);
    } else {
      int bytesPerSecond = 5_000 + random.nextInt(100_000);
      plan((operation, choice) -> HttpFault.slow(bytesPerSecond), random);
    }
  }

  /** Chooses what happens to a request. */
  private interface Choice {
    HttpFault of(S3Operation operation, Random random);
  }

  private void plan(Choice choice, Random random) {
    Random choices = new Random(random.nextLong());
    proxy.plan(
        (method, path) -> {
          HttpFault fault;
          synchronized (choices) {
            fault = choice.of(S3Operation.of(method, path), choices);
          }
          if (fault.kind() != HttpFault.Kind.PASS) {
            figures.count("faults");
            figures.count(
                "fault " + fault.kind() + (fault.status() == 0 ? "" : " " + fault.status()));
          }
          return fault;
        });
  }

  /** Some requests of every kind fail in every way. */
  private void some(Random random, double share) {
    plan(
        (operation, r) ->
            r.nextDouble() >= share
                ? HttpFault.PASS
                : oneOf(
                    r,
                    HttpFault.TOO_MANY,
                    HttpFault.INTERNAL,
                    HttpFault.SLOW_DOWN,
                    HttpFault.LOST_503,
                    HttpFault.LOST_RESET,
                    HttpFault.RESET,
                    HttpFault.truncate(r.nextInt(2000)),
                    HttpFault.slow(2_000 + r.nextInt(50_000))),
        random);
  }

  /** Many writes are carried out, and their replies are lost. */
  private void lostReplies(Random random) {
    plan(
        (operation, r) ->
            operation == S3Operation.PUT && r.nextDouble() < 0.4
                ? oneOf(r, HttpFault.LOST_503, HttpFault.LOST_RESET)
                : HttpFault.PASS,
        random);
  }

  /** Everything fails for a while, from some moment on. */
  private void outage(Random random) {
    HttpFault fault =
        oneOf(
            random,
            HttpFault.SLOW_DOWN,
            HttpFault.INTERNAL,
            HttpFault.RESET,
            HttpFault.TOO_MANY,
            HttpFault.DENIED);
    long from = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(1500));
    long to = from + TimeUnit.MILLISECONDS.toNanos(random.nextInt(1500));
    plan(
        (operation, r) ->
            System.nanoTime() - from > 0 && System.nanoTime() - to < 0 ? fault : HttpFault.PASS,
        random);
  }

  @Override
  public void heal() {
    proxy.plan((method, path) -> HttpFault.PASS);
    proxy.heal();
    troubled = false;
  }

  @Override
  public boolean troubled() {
    return troubled;
  }

  @Override
  public void dump(Path directory) {
    try (ObjectStore store = server.open(PREFIX)) {
      List<ObjectInfo> objects = new ArrayList<>();
      store.list("", objects::add);
      for (ObjectInfo object : objects) {
        Path file = directory.resolve(object.key());
        Files.createDirectories(file.getParent());
        try (InputStream in = store.get(object.key(), 0, Long.MAX_VALUE).orElseThrow()) {
          Files.copy(in, file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    proxy.close();
    server.close();
  }
}
