package dev.sidewal.forensics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.agent.PackOptions;
import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.RestoreTarget;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A database that an application in this process writes and the agent replicates, and what was in
 * it after each transaction.
 */
final class RecordedHistory implements AutoCloseable {

  static final Duration LONG = Duration.ofSeconds(60);

  private final Path dir;
  private final Connection app;
  private Replication replication;
  private long txid;

  /** The number of rows of each table after each transaction. */
  final TreeMap<Long, Map<String, Long>> rows = new TreeMap<>();

  RecordedHistory(Path dir, int pageSize, int autoVacuum) throws Exception {
    this.dir = dir;
    this.app = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("app.db"));
    sql("PRAGMA page_size=" + pageSize);
    sql("PRAGMA auto_vacuum=" + autoVacuum);
    sql("PRAGMA journal_mode=WAL");
    sql("PRAGMA synchronous=OFF");
  }

  String url() {
    return "file:" + dir.resolve("replica");
  }

  Path database() {
    return dir.resolve("app.db");
  }

  long txid() {
    return txid;
  }

  /** Executes what is part of a transaction, or is none. */
  void sql(String statement) throws SQLException {
    try (Statement s = app.createStatement()) {
      s.execute(statement);
    }
  }

  /** Executes one transaction, which must write something. */
  void commit(String... statements) throws SQLException {
    boolean one = statements.length == 1;
    if (!one) {
      sql("BEGIN");
    }
    for (String statement : statements) {
      sql(statement);
    }
    if (!one) {
      sql("COMMIT");
    }
    if (replication != null) {
      txid++;
      rows.put(txid, counts());
    }
  }

  String query(String sql) throws SQLException {
    try (Statement s = app.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      return r.next() ? String.valueOf(r.getString(1)) : "";
    }
  }

  private Map<String, Long> counts() throws SQLException {
    return counts(app);
  }

  /** Returns how many rows the tables of a database have; the schema is one of them. */
  static Map<String, Long> counts(Connection connection) throws SQLException {
    Map<String, Long> counts = new TreeMap<>();
    try (Statement s = connection.createStatement()) {
      List<String> names = new java.util.ArrayList<>(List.of("sqlite_schema"));
      try (ResultSet r =
          s.executeQuery("SELECT name FROM sqlite_schema WHERE type='table' AND rootpage>0")) {
        while (r.next()) {
          names.add(r.getString(1));
        }
      }
      for (String name : names) {
        try (ResultSet r = s.executeQuery("SELECT count(*) FROM \"" + name + "\"")) {
          counts.put(name, r.getLong(1));
        }
      }
    }
    return counts;
  }

  /** Starts an agent; {@code fresh} loses what the last one knew. */
  void attach(boolean fresh, boolean packs, Random random) throws Exception {
    ReplicationOptions.Builder options =
        ReplicationOptions.builder()
            .syncInterval(Duration.ofMillis(20))
            .stateDirectory(dir.resolve(fresh ? "state" + random.nextLong() : "state"));
    options.pack(packs ? new PackOptions(30_000, Duration.ofMinutes(15)) : PackOptions.NONE);
    replication = Sidewal.replicate(database(), url(), options.build());
    txid = replication.sync(LONG);
    rows.put(txid, counts());
  }

  void snapshot() throws Exception {
    replication.snapshot(LONG);
  }

  /** Waits until all is shipped; the transactions must be those that were counted. */
  void sync() throws Exception {
    assertThat(replication.sync(LONG)).isEqualTo(txid);
  }

  void detach() throws Exception {
    sync();
    replication.close();
    replication = null;
  }

  static MomentFile.Source source(ObjectStore store, Path scratch) {
    return new MomentFile.Source(store, List.of(scratch), 2, RestoreProgress.NONE, new Random());
  }

  ObjectStore store() {
    return ObjectStores.open(ReplicaUrl.parse(url()));
  }

  /** Restores a transaction in the ordinary way. */
  Path restored(long which) throws Exception {
    Path out = dir.resolve("restored.db");
    Files.deleteIfExists(out);
    Sidewal.restore(url(), out, o -> o.target(RestoreTarget.txid(which)));
    return out;
  }

  @Override
  public void close() throws SQLException {
    app.close();
    if (replication != null) {
      replication.close();
    }
  }
}
