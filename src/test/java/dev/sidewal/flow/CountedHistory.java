package dev.sidewal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.segment.Transaction;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Checks what a replica holds of the transactions of a {@link CountingWriter}, exactly. */
final class CountedHistory {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int SAMPLE = 25;

  private final String url;
  private final Random random;
  private final Path restored;

  CountedHistory(String url, Random random, Path directory) {
    this.url = url;
    this.random = random;
    this.restored = directory.resolve("restored.db");
  }

  /** Returns the last transaction that the replica has, 0 if none. */
  long latest() {
    try (Replica replica = Replica.open(url, random)) {
      return replica.timeline().latest().orElse(0);
    }
  }

  /** Waits until a transaction is in the replica. */
  void awaitLatest(long txid) {
    await("transaction " + txid + " in the replica").atMost(PATIENCE).until(() -> latest() >= txid);
  }

  /** Returns all transactions that can be restored, and checks that none is missing. */
  List<Transaction> transactions() {
    try (Replica replica = Replica.open(url, random)) {
      List<Transaction> all = replica.transactions();
      for (int i = 0; i < all.size(); i++) {
        assertThat(all.get(i).txid()).isEqualTo(i + 1L);
      }
      assertThat(replica.timeline().holes()).isEmpty();
      return all;
    }
  }

  /** Returns the txids of the gaps. */
  List<Long> gaps() {
    return transactions().stream().filter(Transaction::gap).map(Transaction::txid).toList();
  }

  /** Returns how many generations there are. */
  int generations() {
    try (Replica replica = Replica.open(url, random)) {
      return replica.timeline().generations().size();
    }
  }

  /** Returns how many snapshots there are. */
  long snapshots() {
    try (Replica replica = Replica.open(url, random)) {
      return replica.timeline().listing().generations().stream()
          .mapToLong(g -> g.snapshots().size())
          .sum();
    }
  }

  /**
   * Restores the first and the last transactions of a range and some between them, and checks that
   * each is exactly the one that it must be.
   *
   * @param offset what a transaction's number in the replica is ahead of the application's
   */
  void assertEach(long first, long last, long offset) throws IOException, SQLException {
    List<Long> txids = new ArrayList<>();
    for (long txid = first; txid <= last; txid++) {
      if (last - first < SAMPLE
          || txid < first + 3
          || txid > last - 3
          || random.nextDouble() * (last - first) < SAMPLE) {
        txids.add(txid);
      }
    }
    try (Replica replica = Replica.open(url, random)) {
      for (long txid : txids) {
        assertThat(seqAt(replica, txid)).as("transaction %d", txid).isEqualTo(txid - offset);
      }
    }
  }

  /** Restores a transaction and returns the application's number of it. */
  long seqAt(long txid) throws IOException, SQLException {
    try (Replica replica = Replica.open(url, random)) {
      return seqAt(replica, txid);
    }
  }

  private long seqAt(Replica replica, long txid) throws IOException, SQLException {
    replica.restore(RestoreTarget.txid(txid), restored);
    WriterLog.State state = WriterLog.State.of(restored);
    assertThat(state.rows()).as("rows at transaction %d", txid).isEqualTo(state.seq());
    return state.seq();
  }

  /** Checks that the latest state is the source, byte for byte; nobody may write it any more. */
  void assertLatestIs(Path database) throws IOException, SQLException {
    Databases.checkpoint(database);
    try (Replica replica = Replica.open(url, random)) {
      replica.restore(RestoreTarget.latest(), restored);
      assertThat(Databases.assertSame(database, restored)).isZero();
    }
  }

  /** Checks that everything is there: one history, no gap, each transaction by itself. */
  void assertAllOf(CountingWriter.Status written, Path database) throws Exception {
    Timeline timeline;
    try (Replica replica = Replica.open(url, random)) {
      timeline = replica.timeline();
    }
    assertThat(timeline.latest().orElseThrow()).isEqualTo(written.seq() + 1);
    assertThat(gaps()).isEmpty();
    assertThat(snapshots()).isEqualTo(1);
    assertEach(1, written.seq() + 1, 1);
    assertLatestIs(database);
  }

  /**
   * Checks that everything is there, apart from what lies within gaps: each transaction by itself,
   * from one snapshot on.
   *
   * @param most how many gaps there may be
   */
  void assertWithGaps(int most, CountingWriter.Status written, Path database) throws Exception {
    List<Long> gaps = gaps();
    assertThat(gaps.size()).as("gaps").isLessThanOrEqualTo(most);
    long first = 1;
    long offset = 1;
    for (long gap : gaps) {
      assertEach(first, gap - 1, offset);
      long seq = seqAt(gap);
      assertThat(seq).as("transaction %d, a gap", gap).isGreaterThanOrEqualTo(gap - offset);
      first = gap;
      offset = gap - seq;
    }
    long latest = latest();
    assertEach(first, latest, offset);
    assertThat(latest - offset).as("the last transaction").isEqualTo(written.seq());
    assertThat(snapshots()).isEqualTo(1);
    assertLatestIs(database);
  }
}
