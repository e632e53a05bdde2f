package dev.sidewal.bench.micro;

import dev.sidewal.bench.micro.Line.Limit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The lines of the table, the limits first. */
final class Lines {

  private static final double CODEC = Micro.CODEC_BYTES / 1e6;
  private static final double MEMORY = LimitsBenchmark.MEMORY_BYTES / 1e6;
  private static final double DISK = DiskBenchmark.BYTES / 1e6;

  private Lines() {}

  static List<Line> all() {
    List<Line> lines = new ArrayList<>();
    lines.add(plain("LimitsBenchmark.copy", "memory copy, MB/s", MEMORY, Limit.NONE));
    lines.add(plain("LimitsBenchmark.crc32c", "CRC32C, MB/s", MEMORY, Limit.COPY));
    lines.add(plain("DiskBenchmark.write", "disk, write + fsync, MB/s", DISK, Limit.NONE));
    lines.add(plain("DiskBenchmark.read", "disk, read past the cache, MB/s", DISK, Limit.NONE));
    for (Workload workload : Workload.values()) {
      lines.add(of("LimitsBenchmark.compress", workload, "zstd -1", Limit.COPY));
      lines.add(of("LimitsBenchmark.decompress", workload, "zstd, back", Limit.COPY));
    }
    lines.add(plain("WalChecksumBenchmark.checksum", "WAL checksum, MB/s", CODEC, Limit.COPY));
    lines.add(plain("HashBenchmark.hash", "page hash, MB/s", CODEC, Limit.COPY));
    for (Workload workload : Workload.values()) {
      Limit in = Limit.zstd("compress", workload);
      Limit out = Limit.zstd("decompress", workload);
      lines.add(of("SegmentBenchmark.encode", workload, "segment, encode", in));
      lines.add(of("SegmentBenchmark.decode", workload, "segment, decode", out));
      lines.add(
          of("SegmentBenchmark.merge", workload, "merge of 8 segments", Limit.zstdBoth(workload)));
    }
    lines.add(
        plain(
            "PlannerBenchmark.plan",
            "list and plan 100,000 objects, objects/s",
            PlannerBenchmark.OBJECTS,
            Limit.NONE));
    return lines;
  }

  private static Line plain(String benchmark, String what, double amount, Limit limit) {
    return new Line(benchmark, Optional.empty(), what, amount, limit);
  }

  private static Line of(String benchmark, Workload workload, String what, Limit limit) {
    return new Line(
        benchmark, Optional.of(workload), what + ": " + workload.title() + ", MB/s", CODEC, limit);
  }
}
