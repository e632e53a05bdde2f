package dev.sidewal.bench.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What figures depend on that is not Sidewal: the machine, and how busy it is. Linux only. */
public final class Machine {

  private Machine() {}

  /** Returns the facts, by name. */
  public static Map<String, String> facts(Path work, Path checkout, Instant now)
      throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("date", now.truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("cpu", field("/proc/cpuinfo", "model name\\s*:\\s*(.*)"));
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("memory", field("/proc/meminfo", "MemTotal:\\s*(.*)"));
    facts.put("kernel", Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
    facts.put("file system", Files.getFileStore(work).type());
    facts.put("jdk of the benchmark", System.getProperty("java.vm.version"));
    facts.put("commit", commit(checkout));
    facts.put("load average", Files.readString(Path.of("/proc/loadavg")).strip());
    return facts;
  }

  /** Returns how many processes wanted to run in the last minute, on average. */
  public static double load() throws IOException {
    String line = Files.readString(Path.of("/proc/loadavg"));
    return Double.parseDouble(line.substring(0, line.indexOf(' ')));
  }

  private static String field(String file, String pattern) throws IOException {
    Matcher line = Pattern.compile(pattern).matcher(Files.readString(Path.of(file)));
    return line.find() ? line.group(1).strip() : "unknown";
  }

  private static String commit(Path checkout) throws IOException {
    return output(checkout, "git", "rev-parse", "--short=12", "HEAD")
        .map(
            hash ->
                output(checkout, "git", "status", "--porcelain", "-uno")
                    .filter(changes -> changes.isEmpty())
                    .map(clean -> hash)
                    .orElse(hash + " with changes"))
        .orElse("unknown");
  }

  private static Optional<String> output(Path directory, String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String text =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      boolean good = process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
      return good ? Optional.of(text) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // No git here.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
