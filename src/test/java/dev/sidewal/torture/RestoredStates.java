package dev.sidewal.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.flow.Databases;
import dev.sidewal.flow.Replica;
import dev.sidewal.flow.WriterLog;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.Moment;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.restore.RestorePlan;
import dev.sidewal.restore.RestoreResult;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.Transaction;
import dev.sidewal.testing.ReplicaInvariants;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Restores states of a replica, and holds each against what the writers say that they committed.
 * Not thread-safe.
 */
final class RestoredStates {

  private static final int RESTORES = 5;
  private static final int IMAGES = 3;

  private final Replica replica;
  private final ReplicaInvariants.Report report;
  private final List<WriterLog> logs;
  private final Path file;
  private final Random random;
  private final Figures figures;
  private final NavigableMap<Long, Long> seqs = new TreeMap<>();

  /**
   * Prepares.
   *
   * @param logs what the writers wrote, those of the database itself first
   * @param file where states are restored to
   */
  RestoredStates(
      Replica replica,
      ReplicaInvariants.Report report,
      List<WriterLog> logs,
      Path file,
      Random random,
      Figures figures) {
    this.replica = replica;
    this.report = report;
    this.logs = logs;
    this.file = file;
    this.random = random;
    this.figures = figures;
  }

  /** Checks that the latest state is that of the source, byte for byte. */
  void checkLatest(Path source) throws Exception {
    WriterLog.State last = WriterLog.State.of(source);
    assertThat(logs.get(0).knows(last)).as("the writers know the source: %s", last).isTrue();
    assertThat(last.seq()).isGreaterThanOrEqualTo(logs.get(0).lastCommitted());
    RestoreResult result = restore(RestoreTarget.latest());
    assertThat(result.txid()).as("latest transaction").isEqualTo(report.line().lastKey());
    figures.add("free pages never written", Databases.assertSame(source, file));
    assertThat(WriterLog.State.of(file)).isEqualTo(last);
    seqs.put(result.txid(), last.seq());
  }

  /** Checks transactions at random, those before and after jumps, and some that were promised. */
  void checkTransactions(Map<Long, Long> promised) throws Exception {
    NavigableMap<Long, Transaction> line = report.line();
    NavigableSet<Long> txids = new TreeSet<>();
    for (int i = 0; i < RESTORES; i++) {
      txids.add(line.ceilingKey(random.nextLong(line.firstKey(), line.lastKey() + 1)));
    }
    List<Long> images = images();
    for (int i = 0; i < Math.min(IMAGES, images.size()); i++) {
      txids.add(images.get(random.nextInt(images.size())));
    }
    List<Long> jumps = List.copyOf(report.jumps().headSet(line.lastKey(), true));
    if (!jumps.isEmpty()) {
      long jump = jumps.get(random.nextInt(jumps.size()));
      txids.add(jump);
      txids.add(Math.max(line.firstKey(), jump - 1));
    }
    List<Long> stops = List.copyOf(promised.keySet());
    for (int i = 0; i < Math.min(2, stops.size()); i++) {
      txids.add(stops.get(random.nextInt(stops.size())));
    }
    txids.retainAll(line.keySet());
    for (long txid : txids) {
      RestoreResult result = restore(RestoreTarget.txid(txid));
      assertThat(result.txid()).isEqualTo(txid);
      assertThat(result.checksum()).isEqualTo(line.get(txid).checksum());
      long seq = known("transaction " + txid);
      assertThat(seq)
          .as("writers' seq in transaction %d, at which an agent stopped", txid)
          .isGreaterThanOrEqualTo(promised.getOrDefault(txid, 0L));
      seqs.put(txid, seq);
      if (random.nextInt(4) == 0) {
        assertThat(Databases.query(file, "PRAGMA integrity_check")).containsExactly("ok");
      }
    }
  }

  /** Checks moments at random: each must be the last state seen by then. */
  void checkTimes() throws Exception {
    NavigableMap<Long, Transaction> line = report.line();
    long from = line.firstEntry().getValue().time().toEpochMilli();
    long to = line.lastEntry().getValue().time().toEpochMilli();
    for (int i = 0; i < RESTORES; i++) {
      Instant time = Instant.ofEpochMilli(random.nextLong(from, to + 1));
      RestoreResult result = restore(RestoreTarget.at(time));
      assertThat(result.time()).isBeforeOrEqualTo(time);
      Transaction next = line.get(result.txid() + 1);
      if (next != null) {
        assertThat(next.time()).as("time of the transaction after that of %s", time).isAfter(time);
      }
      WriterLog.State state = WriterLog.State.of(file);
      WriterLog log = log(state, time.toString());
      assertThat(Instant.ofEpochMilli(log.timeBefore(state.seq())))
          .as("a time before the commit of %d", state.seq())
          .isBeforeOrEqualTo(time);
      seqs.put(result.txid(), state.seq());
    }
  }

  /**
   * Checks that what was restored comes in the writers' order, and that between two states without
   * a jump between them there are no fewer transactions in the history than the writers committed.
   */
  void checkOrder() {
    long mark = report.timeline().mark().map(Moment::txid).orElse(0L);
    long lastTxid = 0;
    long lastSeq = 0;
    for (Map.Entry<Long, Long> point : seqs.entrySet()) {
      long txid = point.getKey();
      long seq = point.getValue();
      // Up to the mark gaps went with the segments that held them.
      boolean jumps =
          lastTxid < mark || !report.jumps().subSet(lastTxid, false, txid, true).isEmpty();
      if (lastTxid > 0 && (!jumps || logs.size() == 1)) {
        assertThat(seq)
            .as("writers' seq in transaction %d, after %d in %d", txid, lastSeq, lastTxid)
            .isBetween(lastSeq, jumps ? Long.MAX_VALUE : lastSeq + txid - lastTxid);
      }
      lastTxid = txid;
      lastSeq = seq;
    }
  }

  /** Returns the transactions of images that a generation does not begin with. */
  private List<Long> images() {
    return report.timeline().objects().stream()
        .filter(o -> o.object().name().kind().isImage())
        .map(TimelineObject::last)
        .filter(txid -> !report.jumps().contains(txid))
        .toList();
  }

  private RestoreResult restore(RestoreTarget target) throws Exception {
    RestorePlan plan = replica.plan(target);
    List<HistoryObject> names = plan.objects().stream().map(o -> o.object().name()).toList();
    count("with a later snapshot", !report.jumps().contains(names.get(0).lastTxid()));
    count("with a delta", names.stream().anyMatch(n -> n.kind() == ObjectKind.DELTA));
    count("with a pack", names.stream().anyMatch(n -> n.kind() == ObjectKind.PACK));
    figures.count("restores");
    return replica.restore(target, file);
  }

  private void count(String what, boolean is) {
    figures.add(what, is ? 1 : 0);
  }

  private long known(String what) throws Exception {
    WriterLog.State state = WriterLog.State.of(file);
    log(state, what);
    return state.seq();
  }

  private WriterLog log(WriterLog.State state, String what) {
    return logs.stream()
        .filter(log -> log.knows(state))
        .findFirst()
        .orElseThrow(
            () -> new AssertionError(what + " was never committed by the writers: " + state));
  }
}
