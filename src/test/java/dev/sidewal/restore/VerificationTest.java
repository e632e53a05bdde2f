package dev.sidewal.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.NoBackupException;
import dev.sidewal.error.NoRoomException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Twelve states of a real database. Generation 1 holds a snapshot of 1, segments 2-3, 4-6, 7-8, a
 * delta 1-6 and a fenced segment 9-9; generation 2 takes over at 8 and holds a segment 9-10, a pack
 * 9-11 and a segment 12-12.
 */
class VerificationTest {

  private static final int PAGE = 512;
  private static final int LAST = 12;

  @TempDir Path dir;
  @TempDir Path scratch;

  private final long seed = System.nanoTime() & 0xffffff;
  private final Random random = new Random(seed);
  private final MemoryObjectStore store = new MemoryObjectStore();
  private final ReplicaBuilder builder = new ReplicaBuilder(store, 2048);
  private final Model model = new Model(PAGE, 100);
  private String fenced;
  private String covered;

  @BeforeEach
  void write() throws Exception {
    System.out.println("VerificationTest: seed " + seed);
    states("CREATE TABLE t(id INTEGER PRIMARY KEY, value TEXT)");
    history(model);
  }

  private void states(String schema) throws SQLException, IOException {
    Path db = dir.resolve("source.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement s = c.createStatement()) {
      s.execute("PRAGMA page_size=" + PAGE);
      s.execute(schema);
      model.append(Files.readAllBytes(db));
      for (int n = 2; n <= LAST; n++) {
        s.execute("INSERT INTO t(value) VALUES(hex(randomblob(" + (100 + 50 * n) + ")))");
        model.append(Files.readAllBytes(db));
      }
    }
  }

  private void history(Model m) {
    builder.claim(1, PAGE, Optional.empty(), false);
    builder.snapshot(1, m, 1);
    builder.segment(1, m, 2, 3);
    builder.segment(1, m, 4, 6);
    builder.delta(1, m, 1, 6);
    builder.segment(1, m, 7, 8);
    fenced = builder.segment(1, m, 9, 9);
    builder.claim(2, PAGE, Optional.of(ReplicaBuilder.position(1, m, 8)), true);
    covered = builder.segment(2, m, 9, 10);
    builder.pack(2, m, 9, 11);
    builder.segment(2, m, 12, 12);
  }

  @AfterEach
  void nothingIsLeftBehind() throws IOException {
    try (var files = Files.list(scratch)) {
      assertThat(files.map(p -> p.getFileName().toString())).isEmpty();
    }
  }

  private VerifyReport verify(MemoryObjectStore of, VerifyLevel level) {
    return verify(of, level, RestoreTarget.latest());
  }

  private VerifyReport verify(MemoryObjectStore of, VerifyLevel level, RestoreTarget target) {
    return new Verification(Clock.systemUTC(), random)
        .verify(
            VerifyRequest.builder(of, scratch)
                .level(level)
                .target(target)
                .parallelism(1 + random.nextInt(4))
                .build());
  }

  private List<String> objects() {
    return store.keys().stream().filter(k -> !k.endsWith(".json") && !k.equals(fenced)).toList();
  }

  @Test
  void whatIsWholePassesAtEveryLevel() {
    for (VerifyLevel level : VerifyLevel.values()) {
      VerifyReport report = verify(store, level);
      assertThat(report.findings()).as(level.name()).isEmpty();
      assertThat(report.passed()).isTrue();
    }
    VerifyReport objects = verify(store, VerifyLevel.OBJECTS);
    assertThat(objects.objects()).isEqualTo(objects().size());
    assertThat(objects.bytes())
        .isEqualTo(objects().stream().mapToLong(k -> store.bytes(k).length).sum());
    for (long txid = 1; txid <= LAST; txid++) {
      VerifyReport report = verify(store, VerifyLevel.RESTORE, RestoreTarget.txid(txid));
      assertThat(report.passed()).isTrue();
      assertThat(report.restored().orElseThrow().target().txid()).isEqualTo(txid);
    }
  }

  @Test
  void everyByteOfEveryObjectCounts() {
    for (String key : objects()) {
      byte[] whole = store.bytes(key);
      for (int i = 0; i < 12; i++) {
        int at = random.nextInt(whole.length);
        MemoryObjectStore damaged = store.copy();
        byte[] bytes = whole.clone();
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        damaged.put(key, bytes);
        VerifyReport report = verify(damaged, VerifyLevel.OBJECTS);
        assertThat(report.findings())
            .as("seed %d, byte %d of %s", seed, at, key)
            .hasSize(1)
            .allMatch(f -> f.kind() == Finding.Kind.DAMAGED)
            .allMatch(f -> f.key().orElseThrow().equals(key));
        assertThat(report.worst()).isEqualTo(Finding.Severity.DAMAGE);
        assertThat(verify(damaged, VerifyLevel.LIST).passed()).isTrue();
      }
    }
  }

  @Test
  void whatIsFencedIsNotRead() {
    byte[] bytes = store.bytes(fenced);
    bytes[bytes.length / 2] ^= 1;
    assertThat(verify(store, VerifyLevel.OBJECTS).findings()).isEmpty();
  }

  @Test
  void allDamageIsTold() {
    for (String key : objects()) {
      store.bytes(key)[store.bytes(key).length / 2] ^= 1;
    }
    assertThat(verify(store, VerifyLevel.OBJECTS).findings())
        .extracting(f -> f.key().orElseThrow())
        .containsExactlyInAnyOrderElementsOf(objects());
  }

  @Test
  void saysWhatIsLostAndWhatIsNot() {
    for (String key : List.of(covered, key("/segments/000000000000000c"))) {
      store.bytes(key)[100] ^= 1;
    }
    List<Finding> findings = verify(store, VerifyLevel.OBJECTS).findings();
    assertThat(findings).hasSize(2);
    assertThat(findings.get(0).message()).contains("nothing is lost").contains("Move it away");
    assertThat(findings.get(1).message()).contains("Without it transaction 12 cannot be restored");
    String pack = key("/packs/");
    store.bytes(pack)[100] ^= 1;
    findings = verify(store, VerifyLevel.OBJECTS).findings();
    assertThat(findings.get(0).message()).contains("Without it transactions 11 to 12 cannot");
    assertThat(findings.get(1).message())
        .contains("together transactions 9 to 12 cannot be restored");
  }

  private String key(String part) {
    return store.keys().stream().filter(k -> k.contains(part)).findFirst().orElseThrow();
  }

  @Test
  void theNamesTellWhatIsMissing() {
    MemoryObjectStore hole = store.copy();
    hole.delete(key("/segments/0000000000000007"));
    for (VerifyLevel level : VerifyLevel.values()) {
      VerifyReport report = verify(hole, level);
      assertThat(report.findings().get(0).kind()).isEqualTo(Finding.Kind.UNREACHABLE);
      assertThat(report.findings().get(0).message())
          .startsWith(
              "Transactions 7 to 12 cannot be restored: no object holds transactions 7 to 8")
          .contains("last restorable transaction before that is 6");
      assertThat(report.findings()).hasSize(level == VerifyLevel.RESTORE ? 2 : 1);
    }
    MemoryObjectStore begin = store.copy();
    begin.delete(key("/snapshots/"));
    assertThat(verify(begin, VerifyLevel.LIST).findings().get(0).message())
        .contains("no valid snapshot");
    builder.snapshot(2, model, 11);
    begin = store.copy();
    begin.delete(key("/snapshots/0000000000000001"));
    assertThat(verify(begin, VerifyLevel.LIST).findings())
        .anyMatch(f -> f.message().startsWith("Transactions 2 to 10 cannot be restored"));
    assertThatThrownBy(() -> verify(new MemoryObjectStore(), VerifyLevel.LIST))
        .isInstanceOf(NoBackupException.class);
  }

  /** Each object is undamaged in itself; only together they do not fit. */
  @Test
  void aChainThatDoesNotFitIsAContradiction() throws Exception {
    MemoryObjectStore other = new MemoryObjectStore();
    Model lying = model.fork(LAST - 1).lying();
    new ReplicaBuilder(other, 2048).segment(2, lying.append(model.file(LAST)), LAST, LAST);
    String key = key("/segments/000000000000000c");
    store.put(key, other.bytes(key));
    List<Finding> findings = verify(store, VerifyLevel.OBJECTS).findings();
    assertThat(findings).hasSize(1);
    assertThat(findings.get(0).kind()).isEqualTo(Finding.Kind.CONTRADICTION);
    assertThat(findings.get(0).message()).contains("after transaction 11", "/packs/", key);
  }

  /** A snapshot of pages that are not the database whose checksum it records. */
  @Test
  void aSnapshotOfOtherPages() {
    MemoryObjectStore other = new MemoryObjectStore();
    ReplicaBuilder liar = new ReplicaBuilder(other, 2048);
    // Of one page: the builder writes some pages of larger ones twice.
    Model one = new Model(PAGE, 1).append(new byte[PAGE]).lying();
    liar.claim(1, PAGE, Optional.empty(), false);
    String key = liar.snapshot(1, one, 1);
    List<Finding> findings = verify(other, VerifyLevel.OBJECTS).findings();
    assertThat(findings).hasSize(1);
    assertThat(findings.get(0).message()).contains(key, "its pages make up the database checksum");
  }

  @Test
  void aDamagedDatabaseIsFoundByARestoreOnly() {
    byte[] file = model.file(LAST);
    for (int at = 2 * PAGE; at < 4 * PAGE; at++) {
      file[at] = (byte) random.nextInt();
    }
    Model wrong = model.fork(LAST).append(file);
    builder.segment(2, wrong, LAST + 1, LAST + 1);
    assertThat(verify(store, VerifyLevel.OBJECTS).findings()).isEmpty();
    VerifyReport report = verify(store, VerifyLevel.RESTORE);
    assertThat(report.findings()).hasSize(1);
    assertThat(report.findings().get(0).kind()).isEqualTo(Finding.Kind.WRONG_DATABASE);
    assertThat(report.worst()).isEqualTo(Finding.Severity.WRONG);
    assertThat(verify(store, VerifyLevel.RESTORE, RestoreTarget.txid(LAST)).passed()).isTrue();
  }

  @Test
  void rowsThatReferToNothing() throws Exception {
    Path db = dir.resolve("keys.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + db);
        Statement s = c.createStatement()) {
      s.execute("PRAGMA page_size=" + PAGE);
      s.execute("CREATE TABLE p(id INTEGER PRIMARY KEY)");
      s.execute("CREATE TABLE k(p REFERENCES p(id))");
      s.execute("INSERT INTO k VALUES(5),(6)");
    }
    Model keys = model.fork(LAST).append(Files.readAllBytes(db));
    builder.segment(2, keys, LAST + 1, LAST + 1);
    List<Finding> findings = verify(store, VerifyLevel.RESTORE).findings();
    assertThat(findings).hasSize(1);
    assertThat(findings.get(0).kind()).isEqualTo(Finding.Kind.FOREIGN_KEYS);
    assertThat(findings.get(0).message()).contains("2 rows refer from k to p to nothing");
    VerifyReport noted =
        new Verification(Clock.systemUTC(), random)
            .verify(VerifyRequest.builder(store, scratch).foreignKeys(false).build());
    assertThat(noted.passed()).isTrue();
    assertThat(noted.findings()).hasSize(1);
  }

  /** SQLite gives the leaves of the free list no content: another one there is no difference. */
  @Test
  void theLiveDatabaseMayHaveAnythingInFreePages() throws Exception {
    Path live = dir.resolve("free.db");
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + live);
        Statement s = c.createStatement()) {
      s.execute("PRAGMA page_size=" + PAGE);
      s.execute("CREATE TABLE t(x)");
      s.execute("INSERT INTO t VALUES(hex(zeroblob(4000)))");
      s.execute("INSERT INTO t VALUES('stays')");
      s.execute("DELETE FROM t WHERE length(x)>5");
    }
    byte[] file = Files.readAllBytes(live);
    builder.segment(2, model.fork(LAST).append(file), LAST + 1, LAST + 1);
    assertThat(against(live).live().orElseThrow().freePages()).isZero();
    ByteBuffer header = ByteBuffer.wrap(file);
    int trunk = (header.getInt(32) - 1) * PAGE;
    assertThat(header.getInt(trunk + 4)).isGreaterThan(2);
    int leaf = (header.getInt(trunk + 8) - 1) * PAGE;
    byte[] other = file.clone();
    random.nextBytes(other);
    System.arraycopy(other, 0, file, leaf, PAGE);
    Files.write(live, file);
    VerifyReport report = against(live);
    assertThat(report.passed()).isTrue();
    LiveVerdict verdict = report.live().orElseThrow();
    assertThat(verdict.outcome()).isEqualTo(LiveVerdict.Outcome.EQUAL);
    assertThat(verdict.txid()).isEqualTo(LAST + 1);
    assertThat(verdict.freePages()).isEqualTo(1);
    // One bit of a row.
    int row = new String(file, StandardCharsets.ISO_8859_1).indexOf("stays");
    file[row] ^= 1;
    Files.write(live, file);
    report = against(live);
    assertThat(report.worst()).isEqualTo(Finding.Severity.WRONG);
    verdict = report.live().orElseThrow();
    assertThat(verdict.outcome()).isEqualTo(LiveVerdict.Outcome.DIFFERS);
    assertThat(verdict.firstPages()).containsExactly(row / PAGE + 1L);
    assertThat(verdict.tables()).containsExactly(new LiveVerdict.Table("t", 1, 1, 1));
  }

  private VerifyReport against(Path live) {
    return new Verification(Clock.systemUTC(), random)
        .verify(
            VerifyRequest.builder(store, scratch).against(live).patience(Duration.ZERO).build());
  }

  /** A segment is packed while it is being read: its successor is read instead. */
  @Test
  void whatIsRetiredMeanwhileIsNoDamage() {
    AtomicBoolean done = new AtomicBoolean();
    String segment = key("/segments/0000000000000004");
    store.onGet =
        key -> {
          if (key.equals(segment) && done.compareAndSet(false, true)) {
            builder.pack(1, model, 2, 6);
            store.delete(segment);
            store.delete(key("/segments/0000000000000002"));
          }
        };
    VerifyReport report = verify(store, VerifyLevel.OBJECTS);
    assertThat(done).isTrue();
    assertThat(report.findings()).isEmpty();
    assertThat(report.timeline().objects())
        .anyMatch(o -> o.key().contains("/packs/0000000000000002"));
  }

  @Test
  void whatIsListedAndCannotBeReadIsMissing() {
    String segment = key("/segments/0000000000000004");
    byte[] bytes = store.bytes(segment);
    store.onGet = key -> store.put(segment, java.util.Arrays.copyOf(bytes, 10));
    VerifyReport report = verify(store, VerifyLevel.OBJECTS);
    assertThat(report.passed()).isFalse();
    assertThat(report.findings()).anyMatch(f -> f.key().equals(Optional.of(segment)));
  }

  @Test
  void leftoversAreRemovedAndNoRoomIsSaid() throws IOException {
    AtomicBoolean seen = new AtomicBoolean();
    store.onGet =
        key -> {
          try (var files = Files.list(scratch)) {
            files
                .filter(f -> f.getFileName().toString().contains("sidewal-restore"))
                .findFirst()
                .ifPresent(
                    f -> {
                      if (seen.compareAndSet(false, true)) {
                        leave(f.resolveSibling(f.getFileName() + "0"));
                      }
                    });
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        };
    assertThat(verify(store, VerifyLevel.RESTORE).passed()).isTrue();
    assertThat(seen).isTrue();
    try (var files = Files.list(scratch)) {
      assertThat(files).hasSize(1);
    }
    Verification.removeLeftovers(store, scratch);
    Path file = Files.writeString(dir.resolve("file"), "");
    assertThatThrownBy(
            () ->
                new Verification(Clock.systemUTC(), random)
                    .verify(VerifyRequest.builder(store, file).build()))
        .isInstanceOf(NoRoomException.class)
        .hasMessageContaining(file.toString());
  }

  private static void leave(Path file) {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.force(false);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
