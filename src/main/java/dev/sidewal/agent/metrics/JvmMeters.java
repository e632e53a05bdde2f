package dev.sidewal.agent.metrics;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/** The process and its JVM, under the names that Prometheus' own clients have for them. */
final class JvmMeters {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RSS = "VmRSS:";

  private JvmMeters() {}

  static void register(MeterRegistry registry) {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    gauge(registry, "process.resident.memory.bytes", "Memory in use (RSS).", JvmMeters::resident);
    gauge(
        registry,
        "process.start.time.seconds",
        "When the process was started.",
        () -> ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
    gauge(
        registry,
        "jvm.threads.current",
        "Threads that live.",
        () -> ManagementFactory.getThreadMXBean().getThreadCount());
    for (String area : new String[] {"heap", "nonheap"}) {
      Gauge.builder(
              "jvm.memory.used.bytes",
              () ->
                  area.equals("heap")
                      ? memory.getHeapMemoryUsage().getUsed()
                      : memory.getNonHeapMemoryUsage().getUsed())
          .description("Memory in use within the JVM.")
          .tag("area", area)
          .strongReference(true)
          .register(registry);
    }
    FunctionCounter.builder("jvm.gc.seconds", memory, m -> collecting())
        .description("Time spent collecting garbage.")
        .register(registry);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      FunctionCounter.builder("process.cpu.seconds", system, s -> s.getProcessCpuTime() / 1e9)
          .description("CPU time used.")
          .register(registry);
    }
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      gauge(
          registry, "process.open.fds", "Open file descriptors.", unix::getOpenFileDescriptorCount);
      gauge(
          registry,
          "process.max.fds",
          "File descriptors that may be open.",
          unix::getMaxFileDescriptorCount);
    }
  }

  private static void gauge(
      MeterRegistry registry, String name, String help, Supplier<Number> value) {
    Gauge.builder(name, value).description(help).strongReference(true).register(registry);
  }

  private static double collecting() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
            .mapToLong(GarbageCollectorMXBean::getCollectionTime)
            .filter(t -> t > 0)
            .sum()
        / 1e3;
  }

  /** Returns the resident memory in bytes; not a number where the system does not say it. */
  private static double resident() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(RSS)) {
          String kilobytes = line.substring(RSS.length()).replace("kB", "").trim();
          return 1024.0 * Long.parseLong(kilobytes);
        }
      }
      return Double.NaN;
    } catch (IOException | NumberFormatException e) {
      return Double.NaN;
    }
  }
}
