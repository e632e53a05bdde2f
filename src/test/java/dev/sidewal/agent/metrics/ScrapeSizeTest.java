package dev.sidewal.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.agent.ReplicationStatusSamples;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Many databases. */
class ScrapeSizeTest {

  private static List<Observed> fakes(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                new Observed(
                    "/var/lib/tenants/%04d/application.db".formatted(i),
                    i,
                    ReplicationStatusSamples::busy,
                    () -> true))
        .toList();
  }

  @Test
  void databasesComeAndGoWithThePage() throws Exception {
    AtomicReference<List<Observed>> databases = new AtomicReference<>(fakes(50));
    PrometheusMetrics metrics = new PrometheusMetrics(Clock.systemUTC(), databases::get);
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    metrics.write(page);
    Exposition all = Exposition.parse(page.toByteArray());
    assertThat(all.value("sidewal_databases")).isEqualTo(50);
    assertThat(all.rows("sidewal_shipped_txid")).hasSize(50);

    databases.set(databases.get().subList(0, 3));
    page.reset();
    metrics.write(page);
    Exposition few = Exposition.parse(page.toByteArray());
    assertThat(few.value("sidewal_databases")).isEqualTo(3);
    assertThat(few.rows("sidewal_shipped_txid")).hasSize(3);
  }

  /** Figures for the documentation: with {@code -Dsidewal.scrape.figures=true}. */
  @Test
  void figures() throws Exception {
    org.junit.jupiter.api.Assumptions.assumeTrue(Boolean.getBoolean("sidewal.scrape.figures"));
    List<Observed> fakes = fakes(1000);
    PrometheusMetrics metrics = new PrometheusMetrics(Clock.systemUTC(), () -> fakes);
    long before = used();
    for (int i = 0; i < 20; i++) {
      metrics.write(OutputStream.nullOutputStream());
    }
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    metrics.write(page);
    long allocatedBefore = allocated();
    long begin = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      metrics.write(OutputStream.nullOutputStream());
    }
    System.out.printf(
        "1000 databases: %.1f ms, %d rows, %d bytes, %d bytes allocated a page, %d kept%n",
        (System.nanoTime() - begin) / 20e6,
        page.toString(java.nio.charset.StandardCharsets.UTF_8).lines().count(),
        page.size(),
        (allocated() - allocatedBefore) / 20,
        used() - before - page.size());
    long without = used();
    SimpleMeterRegistry host = new SimpleMeterRegistry();
    SidewalMetrics bound = SidewalMetrics.bindObserved(host, () -> fakes, Clock.systemUTC());
    System.out.printf(
        "in a host's registry: %d meters, %d bytes%n", host.getMeters().size(), used() - without);
    bound.close();
    assertThat(host.getMeters()).isEmpty();
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean)
            java.lang.management.ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  private static long used() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(50);
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
