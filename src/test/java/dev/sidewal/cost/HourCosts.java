package dev.sidewal.cost;

import dev.sidewal.cost.RequestCounter.Requests;
import dev.sidewal.testing.S3Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What was counted of one workload.
 *
 * @param rate transactions a second
 * @param interval seconds between two segments
 * @param seconds how long was simulated; the counts of {@code hour} and the packs are of that time
 * @param hour the requests of that time, and of what was packed and removed of it later
 * @param day the requests that come once a day besides: a snapshot, and what is retired for it
 * @param packs packs of that time
 * @param logBytes bytes of the packs, and of segments that stay as they are
 * @param deltas deltas of that time
 * @param deltaBytes bytes of the last delta
 * @param snapshotBytes bytes of the last snapshot
 * @param segmentsLeft segments that stayed beside the packs
 */
record HourCosts(
    int rate,
    int interval,
    int seconds,
    Requests hour,
    Requests day,
    long packs,
    long logBytes,
    long deltas,
    long deltaBytes,
    long snapshotBytes,
    long segmentsLeft) {

  /** Returns a count of the time that was simulated as one an hour. */
  double hourly(long count) {
    return count * 3600.0 / seconds;
  }

  /** Writes it into a file, for a table that is made later. */
  void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Map<String, Long> values = new TreeMap<>();
    values.put("rate", (long) rate);
    values.put("interval", (long) interval);
    values.put("seconds", (long) seconds);
    values.put("packs", packs);
    values.put("logBytes", logBytes);
    values.put("deltas", deltas);
    values.put("deltaBytes", deltaBytes);
    values.put("snapshotBytes", snapshotBytes);
    values.put("segmentsLeft", segmentsLeft);
    hour.counts().forEach((k, v) -> values.put("hour." + k.operation() + "." + k.kind(), v));
    day.counts().forEach((k, v) -> values.put("day." + k.operation() + "." + k.kind(), v));
    Files.writeString(
        directory.resolve("%04d-%02d.counts".formatted(rate, interval)),
        values.entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue() + "\n")
            .collect(Collectors.joining()));
  }

  /** Reads what was written. */
  static HourCosts read(Path file) throws IOException {
    Map<String, Long> values = new TreeMap<>();
    for (String line : Files.readAllLines(file)) {
      int mark = line.lastIndexOf('=');
      values.put(line.substring(0, mark), Long.parseLong(line.substring(mark + 1)));
    }
    return new HourCosts(
        Math.toIntExact(values.get("rate")),
        Math.toIntExact(values.get("interval")),
        Math.toIntExact(values.get("seconds")),
        requests(values, "hour."),
        requests(values, "day."),
        values.get("packs"),
        values.get("logBytes"),
        values.get("deltas"),
        values.get("deltaBytes"),
        values.get("snapshotBytes"),
        values.get("segmentsLeft"));
  }

  private static Requests requests(Map<String, Long> values, String prefix) {
    Map<RequestCounter.Request, Long> counts = new TreeMap<>();
    values.forEach(
        (key, count) -> {
          if (key.startsWith(prefix)) {
            String name = key.substring(prefix.length());
            int dot = name.indexOf('.');
            counts.put(
                new RequestCounter.Request(
                    S3Operation.valueOf(name.substring(0, dot)), name.substring(dot + 1)),
                count);
          }
        });
    return new Requests(counts);
  }
}
