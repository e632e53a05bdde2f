package dev.sidewal.bench.micro;

import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.restore.MemoryObjectStore;
import dev.sidewal.restore.RestorePlan;
import dev.sidewal.restore.RestorePlanner;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Listing and planning with 100,000 objects, a snapshot and a segment for each transaction after
 * it. Only the last one is ever opened; the others have names alone.
 */
@State(Scope.Thread)
public class PlannerBenchmark {

  /** How many objects there are. */
  static final int OBJECTS = 100_000;

  private static final UUID REPLICA = new UUID(1, 2);
  private static final int PAGE_SIZE = 512;

  private final MemoryObjectStore store = new MemoryObjectStore();

  /** Fills the store. */
  @Setup
  public void setUp() throws IOException {
    Instant begin = Instant.parse("2026-01-01T00:00:00Z");
    store.put(
        Generations.manifestKey(1),
        new GenerationManifest(
                REPLICA, 1, new UUID(7, 1), begin, PAGE_SIZE, "bench", Optional.empty(), false)
            .toBytes());
    byte[] unread = new byte[200];
    store.put(HistoryObject.snapshot(1, 1, begin).key(), unread);
    for (long txid = 2; txid < OBJECTS; txid++) {
      Instant time = begin.plusSeconds(txid);
      store.put(HistoryObject.segment(1, txid, txid, time, time).key(), unread);
    }
    Instant end = begin.plusSeconds(OBJECTS);
    store.put(HistoryObject.segment(1, OBJECTS, OBJECTS, end, end).key(), last(end));
  }

  private static byte[] last(Instant time) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SegmentHeader header =
        new SegmentHeader(ObjectKind.SEGMENT, REPLICA, 1, PAGE_SIZE, OBJECTS, 1, 0);
    try (SegmentWriter writer = new SegmentWriter(header, out, SegmentWriterOptions.DEFAULT)) {
      writer.page(1, new byte[PAGE_SIZE], 0);
      writer.commit(new Transaction(OBJECTS, time, 1, 1, 1, 0, false));
      writer.finish();
    }
    return out.toByteArray();
  }

  /** Plans a restore of the latest state. */
  @Benchmark
  public RestorePlan plan() {
    return new RestorePlanner(store).plan(RestoreTarget.latest());
  }
}
