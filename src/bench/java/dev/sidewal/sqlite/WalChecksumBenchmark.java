package dev.sidewal.sqlite;

import dev.sidewal.bench.micro.Micro;
import dev.sidewal.bench.micro.Workload;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The running checksum over 16 MiB of frames. */
@State(Scope.Thread)
public class WalChecksumBenchmark {

  private byte[] pages;

  /** Takes a bulk load. */
  @Setup
  public void setUp() {
    pages = Workload.LOAD.frames(Micro.CODEC_BYTES).pages();
  }

  /** Sums in the byte order that SQLite writes on this machine's kind. */
  @Benchmark
  public int checksum() {
    WalChecksum checksum = new WalChecksum(false, 1, 2);
    for (int at = 0; at < Micro.CODEC_BYTES; at += Workload.PAGE_SIZE) {
      checksum.update(pages, at, Workload.PAGE_SIZE);
    }
    return checksum.second();
  }
}
