package dev.sidewal.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.replica.Timeline;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.Payload;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.HttpFault;
import dev.sidewal.testing.S3Operation;
import dev.sidewal.testing.S3ProxyServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Buckets and directories, by a server that checks signatures and has neither tags nor rules. */
final class StoreDoctorTest {

  private static S3ProxyServer server;
  private static FaultyHttpProxy proxy;

  @TempDir Path dir;
  private ReplicaUrl.S3 url;

  @BeforeAll
  static void start() {
    server = S3ProxyServer.start();
    server.useInThisJvm();
    proxy = FaultyHttpProxy.before(server);
  }

  @AfterAll
  static void stop() {
    proxy.close();
    server.close();
  }

  @BeforeEach
  void place(TestInfo test) {
    proxy.heal();
    proxy.plan((method, path) -> HttpFault.PASS);
    url = proxy.url(test.getTestMethod().orElseThrow().getName() + System.nanoTime());
  }

  private List<Finding> examine(boolean writes) {
    return new StoreDoctor(url, dir.resolve("app.db"), writes, Clock.systemUTC()).examine();
  }

  private List<String> keys() {
    List<String> keys = new ArrayList<>();
    try (ObjectStore store = server.open(url.prefix())) {
      store.list("", info -> keys.add(info.key()));
    }
    return keys;
  }

  @Test
  void aHealthyBucketHasNothingBadAndNothingIsLeft() {
    List<Finding> findings = examine(true);
    assertThat(Ids.bad(findings)).isEmpty();
    assertThat(Ids.of(findings))
        .contains(
            "credentials-found",
            "store-reachable",
            "clock-fine",
            "conditional-put-enforced",
            "tags-unsupported",
            "permissions-granted",
            "lifecycle-fine",
            "history-none")
        .doesNotContain("permissions-not-tried", "probe-left", "permission-optional-denied");
    assertThat(Ids.text(findings, StoreKind.CREDENTIALS_FOUND))
        .startsWith("From Java system properties, access key …test;")
        .contains("us-east-1")
        .doesNotContain("secret");
    assertThat(keys()).isEmpty();
  }

  @Test
  void readOnlyWritesNothing() {
    proxy.resetCounts();
    assertThat(Ids.of(examine(false)))
        .contains("permissions-not-tried", "permissions-granted")
        .doesNotContain("conditional-put-enforced");
    for (S3Operation operation : EnumSet.range(S3Operation.PUT, S3Operation.PUT_TAGS)) {
      assertThat(proxy.count(operation)).as(operation.name()).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "LIST, s3:ListBucket, ListReplica", "GET, s3:GetObject, WriteHistory",
    "HEAD, s3:GetObject, WriteHistory", "PUT, s3:PutObject, WriteHistory",
    "ABORT_UPLOAD, s3:AbortMultipartUpload, WriteHistory"
  })
  void aPermissionThatIsMissingIsNamedWithItsStatement(
      S3Operation operation, String action, String statement) {
    deny(Set.of(operation));
    List<Finding> findings = examine(true);
    assertThat(Ids.of(findings))
        .contains("permission-denied")
        .doesNotContain("permissions-granted");
    assertThat(Ids.text(findings, StoreKind.PERMISSION_DENIED))
        .startsWith(action + " is denied")
        .contains("\"Action\":\"" + action + "\"")
        .contains("(" + statement + ")");
  }

  @Test
  void withoutDeletingTheProbeIsLeftAndNamed() {
    deny(Set.of(S3Operation.DELETE));
    List<Finding> findings = examine(true);
    assertThat(Ids.of(findings))
        .contains("probe-left", "permission-optional-denied")
        .doesNotContain("permission-denied");
    assertThat(keys()).hasSize(1);
    assertThat(Ids.text(findings, StoreKind.PROBE_LEFT)).contains(keys().get(0));
    // What is left is no history.
    try (ObjectStore store = server.open(url.prefix())) {
      assertThat(Timeline.load(store).isEmpty()).isTrue();
    }
  }

  private static void deny(Set<S3Operation> denied) {
    proxy.plan(
        (method, path) ->
            denied.contains(S3Operation.of(method, path)) ? HttpFault.DENIED : HttpFault.PASS);
  }

  @Test
  void conditionalPutsThatAreRefusedAreTold() {
    // Each second PUT of the probe is the one with the header, which the store does not know.
    int[] puts = {0};
    proxy.plan(
        (method, path) ->
            S3Operation.of(method, path) == S3Operation.PUT && ++puts[0] == 2
                ? HttpFault.answer(501, "NotImplemented")
                : HttpFault.PASS);
    assertThat(Ids.bad(examine(true))).containsExactly("conditional-put-unsupported");
  }

  @Test
  void aStoreThatDoesNotAnswerIsTold() {
    proxy.refuse();
    List<Finding> findings = examine(true);
    assertThat(Ids.bad(findings)).containsExactly("store-unreachable");
    assertThat(Ids.text(findings, StoreKind.STORE_UNREACHABLE)).contains("nothing answers at");
  }

  @Test
  void aBucketThatIsMissingIsTold() {
    proxy.failAll(HttpFault.NO_BUCKET);
    assertThat(Ids.text(examine(true), StoreKind.STORE_UNREACHABLE)).contains("does not exist");
  }

  @Test
  void clocksThatDifferAreTold() {
    assertThat(clockFinding(Duration.ofSeconds(20))).isEqualTo("clock-fine");
    assertThat(clockFinding(Duration.ofMinutes(-2))).isEqualTo("clock-off");
    assertThat(clockFinding(Duration.ofMinutes(16))).isEqualTo("clock-far-off");
  }

  private String clockFinding(Duration off) {
    Clock clock = Clock.offset(Clock.systemUTC(), off);
    return Ids.of(new StoreDoctor(url, dir, false, clock).examine()).stream()
        .filter(id -> id.startsWith("clock-"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void wrongCredentialsAreNotCalledAMissingPermission() {
    System.setProperty("aws.secretAccessKey", "wrong");
    try {
      List<Finding> findings = examine(true);
      assertThat(Ids.bad(findings)).containsExactly("store-unreachable");
      assertThat(Ids.text(findings, StoreKind.STORE_UNREACHABLE)).contains("secret key");
    } finally {
      server.useInThisJvm();
    }
  }

  @Test
  void damagedHistoryIsTold() {
    try (ObjectStore store = server.open(url.prefix())) {
      store.putIfAbsent("generations/00000001/generation.json", Payload.of(new byte[] {'{'}));
    }
    assertThat(Ids.bad(examine(true))).containsExactly("history-other-replica");
  }

  @Test
  void directories() throws Exception {
    Path database = Files.write(dir.resolve("app.db"), new byte[1 << 20]);
    assertThat(directory(dir.resolve("none/replica"), database))
        .containsExactly("replica-directory-missing");
    assertThat(directory(dir.resolve("replica"), database))
        .containsExactly("replica-same-disk", "history-none");
    Path disk = Files.createDirectory(dir.resolve("disk"));
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk.toString()),
        "skipped: a small file system cannot be mounted here; it needs root on Linux");
    try {
      assertThat(directory(disk.resolve("replica"), database))
          .containsExactly("replica-little-room", "history-none");
      Files.write(database, new byte[1024]);
      assertThat(directory(disk.resolve("replica"), database))
          .containsExactly("replica-directory-fine", "history-none");
      run("mount", "-o", "remount,ro", disk.toString());
      assertThat(directory(disk.resolve("replica"), database))
          .containsExactly("replica-directory-unwritable", "history-none");
      try (var files = Files.list(disk)) {
        assertThat(files).isEmpty();
      }
    } finally {
      run("umount", "--lazy", disk.toString());
    }
  }

  private static List<String> directory(Path replica, Path database) {
    return Ids.of(
        new StoreDoctor(new ReplicaUrl.Directory(replica), database, true, Clock.systemUTC())
            .examine());
  }

  private static boolean run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
  }
}
