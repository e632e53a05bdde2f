package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many new databases, and a store that takes no snapshot: only so many wait with theirs begun. */
class ImageSlotsTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int DATABASES = 80;

  /** 32, and what 16 threads may begin at the same moment. */
  private static final int MOST = 48;

  @TempDir Path dir;

  @Test
  void onlySoManyFirstSnapshotsAreBegunAtATime() throws Exception {
    List<GatedStore> stores = new ArrayList<>();
    List<Replication> all = new ArrayList<>();
    for (int i = 0; i < DATABASES; i++) {
      Path db = dir.resolve("t" + i + ".db");
      try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
          Statement s = c.createStatement()) {
        s.execute("PRAGMA journal_mode=WAL");
        s.execute("CREATE TABLE t(v)");
      }
      ReplicaUrl url = ReplicaUrl.parse("file:" + dir.resolve("replica/" + i));
      stores.add(
          new GatedStore(ObjectStores.openForWriting(url), key -> key.contains("/snapshots/")));
    }
    for (int i = 0; i < DATABASES; i++) {
      all.add(
          Replication.start(
              dir.resolve("t" + i + ".db"), stores.get(i), ReplicationOptions.builder().build()));
    }
    await().atMost(LONG).until(() -> begun(all) >= 32);
    // Those that are begun do not end, so there can only be more of them.
    await()
        .during(Duration.ofMillis(500))
        .atMost(LONG)
        .untilAsserted(() -> assertThat(begun(all)).isLessThanOrEqualTo(MOST));
    stores.forEach(GatedStore::open);
    for (Replication one : all) {
      one.sync(LONG);
      one.stop(LONG);
    }
  }

  private static long begun(List<Replication> all) {
    return all.stream().filter(r -> r.status().state() == ReplicationState.SNAPSHOTTING).count();
  }
}
