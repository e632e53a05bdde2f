package dev.sidewal.bench.scenario;

import dev.sidewal.bench.contender.Contender;
import dev.sidewal.bench.contender.Destination;
import dev.sidewal.bench.report.Row;
import dev.sidewal.bench.report.Spread;
import dev.sidewal.bench.report.Target;
import dev.sidewal.testing.S3ProxyServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * How long a commit that comes out of a quiet spell takes to be in the replica: from its return to
 * the arrival of the first object with transactions that comes after it began.
 */
public final class LagScenario implements Scenario {

  private static final int PUTS = 30;
  private static final int PUT_BYTES = 500;

  private final boolean s3;
  private final Sizes sizes;

  /** Makes it for replicas in directories, or behind S3. */
  public LagScenario(boolean s3, Sizes sizes) {
    this.s3 = s3;
    this.sizes = sizes;
  }

  @Override
  public String name() {
    return s3 ? "lag-s3" : "lag-file";
  }

  @Override
  public String title() {
    return String.format(
        Locale.ROOT,
        "one commit every %.1f–%.1f s, from its return to its object in the replica, %s",
        sizes.lagFrom().toMillis() / 1e3,
        sizes.lagTo().toMillis() / 1e3,
        s3 ? "S3Proxy over HTTP" : "a directory");
  }

  @Override
  public int pairs(int wanted) {
    return Math.min(3, wanted);
  }

  @Override
  public List<Row> rows() {
    return s3
        ? List.of(
            Row.figure("p50, ms", "p50"),
            Row.figure("max, ms", "max"),
            Row.figure("one PUT of 500 bytes by itself, p50, ms", "put"),
            Row.figure("p50 less one PUT, ms", "p50 less put").to(Target.atMost(60, " ms")),
            Row.figure("max less one PUT, ms", "max less put").to(Target.atMost(150, " ms")))
        : List.of(
            Row.figure("p50, ms", "p50").to(Target.atMost(60, " ms")),
            Row.figure("max, ms", "max").to(Target.atMost(150, " ms")));
  }

  @Override
  public Map<String, Double> run(Contender contender, Lab lab)
      throws IOException, SQLException, InterruptedException {
    if (!s3) {
      return run(contender, lab, Destination.directory(lab.path("replica"))).map();
    }
    Path root = Files.createDirectories(lab.path("s3"));
    S3ProxyServer server = lab.with(S3ProxyServer.start(root));
    double put = put(server);
    Figures figures = run(contender, lab, Destination.s3(server, root, "replica"));
    return figures
        .put("put", put)
        .put("p50 less put", figures.map().get("p50") - put)
        .put("max less put", figures.map().get("max") - put)
        .map();
  }

  private Figures run(Contender contender, Lab lab, Destination destination)
      throws IOException, SQLException, InterruptedException {
    Followed followed =
        Followed.prepare(
            contender,
            lab,
            destination,
            "lag",
            "count=" + sizes.lagCommits(),
            "from=" + sizes.lagFrom().toMillis(),
            "to=" + sizes.lagTo().toMillis());
    Map<String, String> measured = followed.writer().run();
    List<Instant> begun = moments(measured.get("begun"));
    List<Instant> returned = moments(measured.get("returned"));
    Instant end = returned.get(returned.size() - 1);
    followed.watch().awaitQuiet(contender::isLogObject, end, followed.quiet());
    List<Instant> arrivals = followed.watch().arrivals(contender::isLogObject);
    double[] lags = lags(begun, returned, arrivals);
    Figures figures =
        new Figures()
            .put("p50", Spread.percentile(lags, 0.5))
            .put("max", Spread.percentile(lags, 1));
    for (int i = 0; i < lags.length; i++) {
      figures.put("commit " + (i + 1), lags[i]);
    }
    followed.prove(Double.parseDouble(measured.get("rows")));
    followed.stop();
    return figures;
  }

  /**
   * Returns the lag of each commit in milliseconds.
   *
   * @throws IOException if one has no object of its own: it came together with the next one's
   */
  static double[] lags(List<Instant> begun, List<Instant> returned, List<Instant> arrivals)
      throws IOException {
    List<Double> lags = new ArrayList<>();
    for (int i = 0; i < begun.size(); i++) {
      Instant from = begun.get(i);
      Instant to = i + 1 < begun.size() ? begun.get(i + 1) : Instant.MAX;
      Optional<Instant> arrival =
          arrivals.stream().filter(a -> a.isAfter(from) && a.isBefore(to)).findFirst();
      if (arrival.isEmpty()) {
        throw new IOException("no object came between commit " + (i + 1) + " and the next");
      }
      lags.add(Math.max(0, Duration.between(returned.get(i), arrival.get()).toNanos() / 1e6));
    }
    return lags.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static List<Instant> moments(String micros) {
    return Arrays.stream(micros.split(",", -1))
        .map(text -> Instant.EPOCH.plus(Long.parseLong(text), ChronoUnit.MICROS))
        .toList();
  }

  /** Returns how many milliseconds a PUT takes, in the middle, over the connection of a client. */
  private static double put(S3ProxyServer server) {
    double[] times = new double[PUTS];
    try (S3Client client = server.client()) {
      for (int i = -PUTS; i < PUTS; i++) {
        String key = "puts/" + i;
        long before = System.nanoTime();
        client.putObject(
            request -> request.bucket(server.bucket()).key(key),
            RequestBody.fromBytes(new byte[PUT_BYTES]));
        if (i >= 0) { // Those before were to warm up.
          times[i] = (System.nanoTime() - before) / 1e6;
        }
      }
    }
    return Spread.percentile(times, 0.5);
  }
}
