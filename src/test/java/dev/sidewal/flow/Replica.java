package dev.sidewal.flow;

import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.LogRequest;
import dev.sidewal.restore.RestorePlan;
import dev.sidewal.restore.RestorePlanner;
import dev.sidewal.restore.RestoreRequest;
import dev.sidewal.restore.RestoreResult;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.restore.Restorer;
import dev.sidewal.restore.TransactionLog;
import dev.sidewal.retention.RetentionPass;
import dev.sidewal.retention.RetentionPolicy;
import dev.sidewal.retention.RetentionReport;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.segment.Transaction;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A replica as tests look at it. Closing closes the store. */
public final class Replica implements AutoCloseable {

  private final ObjectStore store;
  private final Random random;

  private Replica(ObjectStore store, Random random) {
    this.store = store;
    this.random = random;
  }

  /** Opens a replica. */
  public static Replica open(String url, Random random) {
    return new Replica(ObjectStores.open(ReplicaUrl.parse(url)), random);
  }

  /** Returns its timeline as it is now. */
  public Timeline timeline() {
    return Timeline.of(ReplicaListing.load(store));
  }

  /** Returns the time of a transaction. */
  public Instant time(Timeline timeline, long txid) {
    return new RestorePlanner(store).moment(timeline, txid).time();
  }

  /** Returns all transactions that can be restored, oldest first. */
  List<Transaction> transactions() {
    List<Transaction> all = new ArrayList<>();
    new TransactionLog(store).read(timeline(), LogRequest.all(), (t, image) -> all.add(t));
    return all;
  }

  /** Plans how a state is restored. */
  public RestorePlan plan(RestoreTarget target) {
    return new RestorePlanner(store).plan(target);
  }

  /** Removes what a policy does not keep. */
  public RetentionReport prune(RetentionPolicy policy, Clock clock) {
    return new RetentionPass(store, policy, RetireMode.DELETE, clock, "a test").run();
  }

  /** Restores a state, in the place of what was restored there before. */
  public RestoreResult restore(RestoreTarget target, Path output) throws IOException {
    delete(output);
    return new Restorer(Clock.systemUTC(), random)
        .restore(RestoreRequest.builder(store, output).target(target).build());
  }

  /** Deletes a database and what SQLite keeps beside it. */
  public static void delete(Path database) throws IOException {
    Files.deleteIfExists(database);
    Files.deleteIfExists(Path.of(database + "-wal"));
    Files.deleteIfExists(Path.of(database + "-shm"));
  }

  @Override
  public void close() {
    store.close();
  }
}
