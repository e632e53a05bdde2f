package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.error.StoreException;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.ForwardingObjectStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that is deleted while the store is out: what was copied of it is shipped later. */
class VanishedDatabaseTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path dir;

  /** A store that takes no segments for a while. */
  private static final class OutStore extends ForwardingObjectStore {
    private volatile boolean out;

    OutStore(ObjectStore store) {
      super(store);
    }

    @Override
    public PutOutcome putIfAbsent(String key, Payload payload) {
      if (out && key.contains("/segments/")) {
        throw new StoreException("503 for " + key, true, null);
      }
      return super.putIfAbsent(key, payload);
    }
  }

  @Test
  void itsLastTransactionsGetIntoTheStoreAfterTheOutage() throws Exception {
    Path db = dir.resolve("app.db");
    ReplicaUrl url = ReplicaUrl.parse("file:" + dir.resolve("replica"));
    OutStore store = new OutStore(ObjectStores.openForWriting(url));
    ReplicationOptions options =
        ReplicationOptions.builder()
            .syncInterval(Duration.ofMillis(20))
            .shutdownTimeout(Duration.ofMillis(200))
            .build();
    try (Replication replication = Replication.start(db, store, options)) {
      try (Connection app = DriverManager.getConnection("jdbc:sqlite:" + db);
          Statement sql = app.createStatement()) {
        sql.execute("PRAGMA journal_mode=WAL");
        sql.execute("CREATE TABLE t(v)");
        replication.sync(LONG);
        store.out = true;
        sql.execute("INSERT INTO t VALUES('last')");
        await().atMost(LONG).until(() -> replication.status().spoolBytes() > 0);
      }
      Files.delete(db);
      await().atMost(LONG).until(() -> replication.status().state() == ReplicationState.WAITING);
      assertThat(replication.status().unshippedSince()).isPresent();
      store.out = false;
      await().atMost(LONG).until(() -> replication.status().unshippedSince().isEmpty());
    }
    Path out = dir.resolve("out.db");
    Sidewal.restore(url.toString(), out);
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + out);
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT v FROM t")) {
      assertThat(r.next()).isTrue();
      assertThat(r.getString(1)).isEqualTo("last");
    }
  }
}
