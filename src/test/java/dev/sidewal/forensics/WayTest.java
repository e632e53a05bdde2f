package dev.sidewal.forensics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.LogRequest;
import dev.sidewal.restore.MovingMoment;
import dev.sidewal.restore.PageChanges;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.segment.Transaction;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.testing.ForwardingObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects go away while a moment moves, and the store answers slowly. */
class WayTest {

  @TempDir Path dir;

  /** A store in which one read of a segment or pack finds nothing. */
  private static final class GoneOnce extends ForwardingObjectStore {
    private final AtomicInteger left;

    GoneOnce(ObjectStore store, int before) {
      super(store);
      this.left = new AtomicInteger(before);
    }

    @Override
    public Optional<InputStream> get(String key, long offset, long length) {
      boolean history = key.endsWith(".segment") || key.endsWith(".pack");
      return history && left.getAndDecrement() == 0
          ? Optional.empty()
          : super.get(key, offset, length);
    }

    boolean happened() {
      return left.get() < 0;
    }
  }

  private List<TransactionTables> log(ObjectStore store) {
    List<TransactionTables> log = new ArrayList<>();
    Timeline timeline = Timeline.load(store);
    TableLog.read(
        RecordedHistory.source(store, dir.resolve("scratch")),
        timeline,
        new LogRequest(Optional.empty(), Optional.empty(), OptionalLong.empty()),
        log::add);
    return log;
  }

  @Test
  void whatGoesAwayInTheMiddleOfATransactionIsListedAgain() throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, 4096, 0)) {
      history.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      history.attach(false, false, new Random());
      history.commit("INSERT INTO t(v) VALUES(randomblob(3000000))");
      history.commit("UPDATE t SET v=randomblob(9000000)", "INSERT INTO t(v) VALUES(1)");
      history.commit("DELETE FROM t WHERE id=1");
      history.detach();
      List<TransactionTables> expected;
      try (ObjectStore store = history.store()) {
        expected = log(store);
      }
      Path last = history.restored(history.txid());
      long undisturbed = 0;
      long most = 0;
      GoneOnce gone;
      int before = 1000;
      do {
        try (ObjectStore store = history.store()) {
          gone = new GoneOnce(store, before);
          Timeline timeline = Timeline.load(gone);
          try (MovingMoment moment =
              MovingMoment.restore(
                  RecordedHistory.source(gone, dir.resolve("scratch")),
                  timeline,
                  RestoreTarget.txid(1))) {
            List<TransactionTables> log = new ArrayList<>();
            Counting changes = new Counting(new TableTracker(moment, log::add));
            moment.moveTo(history.txid(), changes);
            assertThat(log).isEqualTo(expected.subList(1, expected.size()));
            assertThat(moment.path()).hasSameBinaryContentAs(last);
            undisturbed = before == 1000 ? changes.pages : undisturbed;
            most = Math.max(most, changes.pages);
          }
        }
        before = before == 1000 ? 0 : before + 1;
      } while (before == 0 || gone.happened());
      // The middle of a transaction was among it: some pages were written twice.
      assertThat(most).isGreaterThan(undisturbed);
      assertThat(before).isGreaterThan(4);
    }
  }

  /** Counts what it hands on. */
  private static final class Counting implements PageChanges {
    private final PageChanges next;
    private long pages;

    Counting(PageChanges next) {
      this.next = next;
    }

    @Override
    public void before(long page, byte[] content, boolean existed) throws IOException {
      pages++;
      next.before(page, content, existed);
    }

    @Override
    public void committed(Transaction transaction) throws IOException {
      next.committed(transaction);
    }
  }

  /** A page of the state is not what it was when the transaction was committed. */
  @Test
  void whatIsNotTheRecordedStateIsRefused() throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, 4096, 0)) {
      history.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      history.attach(false, false, new Random());
      history.commit("INSERT INTO t(v) VALUES(1)");
      history.commit("INSERT INTO t(v) VALUES(2)");
      history.detach();
      try (ObjectStore store = history.store();
          MovingMoment moment =
              MovingMoment.restore(
                  RecordedHistory.source(store, dir.resolve("scratch")),
                  Timeline.load(store),
                  RestoreTarget.txid(1))) {
        moment.mark();
        moment.moveTo(2, PageChanges.NONE);
        try (FileChannel file = FileChannel.open(moment.path(), StandardOpenOption.WRITE)) {
          file.write(ByteBuffer.wrap(new byte[] {1}), 4096 + 2000);
        }
        assertThatThrownBy(() -> moment.moveTo(3, PageChanges.NONE))
            .isInstanceOf(HistoryDamagedException.class)
            .hasMessageContaining(".segment leads to is not transaction 3:");
        assertThatThrownBy(moment::back)
            .isInstanceOf(HistoryDamagedException.class)
            .hasMessageContaining("the undo file leads to is not transaction 1:");
      }
    }
  }

  /** A store that answers a read of a segment only when another one is asked for as well. */
  private static final class Together extends ForwardingObjectStore {
    private final CountDownLatch two = new CountDownLatch(2);

    Together(ObjectStore store) {
      super(store);
    }

    @Override
    public Optional<InputStream> get(String key, long offset, long length) {
      if (key.endsWith(".segment")) {
        two.countDown();
        try {
          assertThat(two.await(20, TimeUnit.SECONDS)).as("a second read meanwhile").isTrue();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      return super.get(key, offset, length);
    }
  }

  @Test
  void smallObjectsAreReadAhead() throws Exception {
    try (RecordedHistory history = new RecordedHistory(dir, 4096, 0)) {
      history.sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
      history.attach(false, false, new Random());
      for (int i = 0; i < 4; i++) {
        history.commit("INSERT INTO t(v) VALUES(" + i + ")");
        history.sync();
      }
      history.detach();
      try (ObjectStore store = history.store()) {
        Timeline timeline = Timeline.load(store);
        try (MovingMoment moment =
            MovingMoment.restore(
                RecordedHistory.source(new Together(store), dir.resolve("scratch")),
                timeline,
                RestoreTarget.txid(1))) {
          moment.moveTo(history.txid(), PageChanges.NONE);
          assertThat(Files.size(moment.path())).isPositive();
          assertThat(moment.path()).hasSameBinaryContentAs(history.restored(history.txid()));
        }
      }
    }
  }
}
