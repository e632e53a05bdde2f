package dev.sidewal.bench.micro;

import dev.sidewal.sqlite.PageHash;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The hash of each page of 16 MiB. */
@State(Scope.Thread)
public class HashBenchmark {

  private byte[] pages;

  /** Takes a bulk load. */
  @Setup
  public void setUp() {
    pages = Workload.LOAD.frames(Micro.CODEC_BYTES).pages();
  }

  /** Hashes. */
  @Benchmark
  public long hash() {
    long checksum = 0;
    for (int at = 0; at < Micro.CODEC_BYTES; at += Workload.PAGE_SIZE) {
      checksum ^= PageHash.hash(at, pages, at, Workload.PAGE_SIZE);
    }
    return checksum;
  }
}
