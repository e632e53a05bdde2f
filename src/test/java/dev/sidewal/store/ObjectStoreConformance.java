package dev.sidewal.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sidewal.testing.GeneratedPayload;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@link ObjectStore} promises, tried on one store; every implementation and every server has
 * a subclass. Each test gets an empty place of its own.
 */
abstract class ObjectStoreConformance {

  private static final long MIB = 1L << 20;
  private static int places;

  ObjectStore store;
  String place;

  /** Opens a store at a place that no other test uses. */
  abstract ObjectStore openStore(String place) throws Exception;

  /** Returns how many uploads are begun and neither complete nor aborted at the test's place. */
  abstract long unfinishedUploads() throws Exception;

  /** Returns whether the store lets exactly one of several simultaneous writers win. */
  boolean decidesRaces() {
    return true;
  }

  /** Returns whether aborting an upload leaves an object alone that has the same key. */
  boolean abortsOnlyTheUpload() {
    return true;
  }

  /** Returns what the store does with tags. */
  TagSupport tagSupport() {
    return TagSupport.SUPPORTED;
  }

  /** Returns the tags of an object as {@code name=value}, asked for past the store. */
  abstract List<String> tagsOf(String key);

  /** Returns whether objects that a test leaves would stay for somebody to find. */
  boolean outlivesTests() {
    return false;
  }

  @BeforeEach
  final void open() throws Exception {
    places++;
    place =
        "conformance-"
            + ProcessHandle.current().pid()
            + "/"
            + Long.toHexString(System.nanoTime())
            + "-"
            + places;
    store = openStore(place);
  }

  @AfterEach
  final void clean() {
    if (outlivesTests()) {
      keys("").forEach(store::delete);
    }
    store.close();
  }

  @Test
  void whatWasWrittenIsThere() throws Exception {
    Instant before = Instant.now();

    assertThat(put("a/b/one", "hello")).isEqualTo(PutOutcome.CREATED);

    assertThat(text(store.get("a/b/one", 0, Long.MAX_VALUE))).contains("hello");
    ObjectInfo info = store.head("a/b/one").orElseThrow();
    assertThat(info.key()).isEqualTo("a/b/one");
    assertThat(info.size()).isEqualTo(5);
    // A server's clock may differ a little, and S3 rounds to seconds.
    assertThat(info.lastModified()).isBetween(before.minus(slack()), Instant.now().plus(slack()));
    assertThat(infos(""))
        .singleElement()
        .satisfies(
            listed -> {
              assertThat(listed.key()).isEqualTo("a/b/one");
              assertThat(listed.size()).isEqualTo(5);
              assertThat(listed.lastModified())
                  .isBetween(before.minus(slack()), Instant.now().plus(slack()));
            });
  }

  private static Duration slack() {
    return Duration.ofMinutes(5);
  }

  @Test
  void aPlaceWhereNothingWasWrittenIsEmpty() {
    assertThat(keys("")).isEmpty();
    assertThat(keys("generations/")).isEmpty();
  }

  @Test
  void whatIsNotThereIsNoError() {
    put("there", "x");

    assertThat(store.head("missing")).isEmpty();
    assertThat(store.head("missing/below")).isEmpty();
    assertThat(store.get("missing", 0, 10)).isEmpty();
    assertThat(store.get("missing", 10, Long.MAX_VALUE)).isEmpty();
    store.delete("missing");
    assertThat(keys("")).containsExactly("there");
  }

  @Test
  void aDirectoryIsNoObject() {
    put("dir/object", "x");

    assertThat(store.head("dir")).isEmpty();
    assertThat(store.get("dir", 0, 1)).isEmpty();
    store.delete("dir");
    assertThat(keys("")).containsExactly("dir/object");
  }

  @Test
  void deleteRemovesOneObject() {
    put("d/1", "x");
    put("d/2", "x");

    store.delete("d/1");

    assertThat(keys("")).containsExactly("d/2");
    assertThat(store.head("d/1")).isEmpty();
    assertThat(put("d/1", "again")).isEqualTo(PutOutcome.CREATED);
  }

  @Test
  void rangesAreExact() throws Exception {
    put("r", "0123456789");

    assertThat(text(store.get("r", 0, 1))).contains("0");
    assertThat(text(store.get("r", 3, 4))).contains("3456");
    assertThat(text(store.get("r", 9, 1))).contains("9");
    assertThat(text(store.get("r", 8, 100))).contains("89");
    assertThat(text(store.get("r", 4, Long.MAX_VALUE))).contains("456789");
    assertThat(text(store.get("r", 0, 10))).contains("0123456789");
    assertThat(text(store.get("r", 10, 5))).contains("");
    assertThat(text(store.get("r", 1000, Long.MAX_VALUE))).contains("");
  }

  @Test
  void anObjectMayBeEmpty() throws Exception {
    assertThat(put("empty", "")).isEqualTo(PutOutcome.CREATED);
    try (ObjectUpload upload = store.newUpload("empty-upload")) {
      assertThat(upload.complete()).isEqualTo(PutOutcome.CREATED);
    }

    for (String key : List.of("empty", "empty-upload")) {
      assertThat(store.head(key).orElseThrow().size()).isZero();
      assertThat(text(store.get(key, 0, Long.MAX_VALUE))).contains("");
      assertThat(text(store.get(key, 0, 10))).contains("");
    }
    assertThat(put("empty", "now with content")).isEqualTo(PutOutcome.ALREADY_EXISTS);
  }

  @Test
  void aStreamMayBeClosedHalfRead() throws Exception {
    GeneratedPayload payload = new GeneratedPayload(7, 2 * MIB);
    store.putIfAbsent("half", payload);
    for (int i = 0; i < 20; i++) {
      try (InputStream in = store.get("half", 0, Long.MAX_VALUE).orElseThrow()) {
        assertThat(in.readNBytes(1000)).hasSize(1000);
      }
    }
    assertThat(GeneratedPayload.crc(store.get("half", 0, Long.MAX_VALUE).orElseThrow()))
        .isEqualTo(payload.crc());
  }

  @Test
  void anObjectIsNeverOverwritten() throws Exception {
    assertThat(put("once", "first")).isEqualTo(PutOutcome.CREATED);

    assertThat(put("once", "second")).isEqualTo(PutOutcome.ALREADY_EXISTS);
    try (ObjectUpload upload = store.newUpload("once")) {
      write(upload, "third".getBytes(UTF_8));
      assertThat(upload.complete()).isEqualTo(PutOutcome.ALREADY_EXISTS);
    }

    assertThat(text(store.get("once", 0, Long.MAX_VALUE))).contains("first");
  }

  @Test
  void ofManyWritersOneIsFirst() throws Exception {
    assumeTrue(decidesRaces(), "this server lets several writers win a race");
    int writers = 8;
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try {
      for (int round = 0; round < 10; round++) {
        String key = "race/" + round;
        CyclicBarrier start = new CyclicBarrier(writers);
        List<Future<PutOutcome>> outcomes = new ArrayList<>();
        for (int writer = 0; writer < writers; writer++) {
          String content = "writer " + writer;
          Callable<PutOutcome> task =
              () -> {
                start.await();
                return put(key, content);
              };
          outcomes.add(threads.submit(task));
        }
        List<String> winners = new ArrayList<>();
        for (int writer = 0; writer < writers; writer++) {
          if (outcomes.get(writer).get() == PutOutcome.CREATED) {
            winners.add("writer " + writer);
          }
        }
        assertThat(winners).as("round %d", round).hasSize(1);
        assertThat(text(store.get(key, 0, Long.MAX_VALUE))).contains(winners.get(0));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aLargeObjectOfKnownLength() throws Exception {
    GeneratedPayload payload = new GeneratedPayload(1, 40 * MIB + 12345);

    assertThat(store.putIfAbsent("large", payload)).isEqualTo(PutOutcome.CREATED);

    assertWhole("large", payload);
    assertThat(store.putIfAbsent("large", new GeneratedPayload(2, 17 * MIB)))
        .isEqualTo(PutOutcome.ALREADY_EXISTS);
    assertThat(store.head("large").orElseThrow().size()).isEqualTo(payload.length());
    assertThat(unfinishedUploads()).isZero();
  }

  @Test
  void aLargeObjectOfUnknownLength() throws Exception {
    GeneratedPayload payload = new GeneratedPayload(3, 40 * MIB + 12345);
    try (ObjectUpload upload = store.newUpload("streamed");
        InputStream in = payload.open()) {
      byte[] buffer = new byte[100_000];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        upload.write(buffer, 0, n);
      }
      assertThat(store.head("streamed")).as("before it is complete").isEmpty();
      assertThat(keys("")).isEmpty();
      assertThat(upload.complete()).isEqualTo(PutOutcome.CREATED);
    }

    assertWhole("streamed", payload);
    assertThat(unfinishedUploads()).isZero();
  }

  @Test
  void anUploadThatComesSecondLeavesTheFirst() throws Exception {
    assumeTrue(abortsOnlyTheUpload(), "aborting an upload deletes the object on this server");
    try (ObjectUpload upload = store.newUpload("contested")) {
      write(upload, new byte[(int) (9 * MIB)]);
      put("contested", "faster");
      assertThat(upload.complete()).isEqualTo(PutOutcome.ALREADY_EXISTS);
    }

    assertThat(text(store.get("contested", 0, Long.MAX_VALUE))).contains("faster");
    assertThat(unfinishedUploads()).isZero();
  }

  @Test
  void anAbandonedUploadLeavesNothing() throws Exception {
    try (ObjectUpload upload = store.newUpload("abandoned/small")) {
      write(upload, new byte[1000]);
    }
    try (ObjectUpload upload = store.newUpload("abandoned/large")) {
      write(upload, new byte[(int) (9 * MIB)]);
    }

    assertThat(keys("")).isEmpty();
    assertThat(store.head("abandoned/small")).isEmpty();
    assertThat(store.head("abandoned/large")).isEmpty();
    assertThat(unfinishedUploads()).isZero();
  }

  @Test
  void aListingAscendsByBytes() {
    // '-' < '.' < '/' < digits < capitals < '_' < small letters.
    List<String> expected =
        List.of("A", "Z/1", "a-b", "a.b", "a/b", "a/b-c", "a/c/d", "a0", "aB", "a_", "ab");
    List<String> shuffled = new ArrayList<>(expected);
    Collections.reverse(shuffled);
    shuffled.forEach(key -> put(key, key));

    assertThat(keys("")).containsExactlyElementsOf(expected);
  }

  @Test
  void aPrefixIsAnyBeginningOfAKey() {
    for (String key : List.of("g/0001/x", "g/0001/y", "g/0002/x", "g0/x", "h")) {
      put(key, key);
    }

    assertThat(keys("g")).containsExactly("g/0001/x", "g/0001/y", "g/0002/x", "g0/x");
    assertThat(keys("g/")).containsExactly("g/0001/x", "g/0001/y", "g/0002/x");
    assertThat(keys("g/0001")).containsExactly("g/0001/x", "g/0001/y");
    assertThat(keys("g/0001/")).containsExactly("g/0001/x", "g/0001/y");
    assertThat(keys("g/0001/y")).containsExactly("g/0001/y");
    assertThat(keys("g/0003")).isEmpty();
    assertThat(keys("x/y/z")).isEmpty();
    assertThat(keys("h")).containsExactly("h");
    assertThat(keys("h/")).isEmpty();
  }

  @Test
  void aListingHasAllPages() throws Exception {
    List<String> expected = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<PutOutcome>> writes = new ArrayList<>();
      for (int i = 0; i < 1_050; i++) {
        String key = String.format("pages/%016x.segment", i);
        expected.add(key);
        writes.add(threads.submit(() -> put(key, "x")));
      }
      for (Future<PutOutcome> write : writes) {
        assertThat(write.get()).isEqualTo(PutOutcome.CREATED);
      }
    } finally {
      threads.shutdownNow();
    }

    assertThat(keys("pages/")).containsExactlyElementsOf(expected);
  }

  @Test
  void allLegalKeysWork() throws Exception {
    List<String> keys =
        List.of("-", "...", ".hidden", "_", "a..b", "a/..b/c..", "a/.b", "x".repeat(200));
    for (String key : keys) {
      assertThat(put(key, key)).as(key).isEqualTo(PutOutcome.CREATED);
    }

    assertThat(keys("")).containsExactlyElementsOf(keys);
    for (String key : keys) {
      assertThat(text(store.get(key, 0, Long.MAX_VALUE))).contains(key);
    }
  }

  @Test
  void illegalKeysAreMistakes() {
    for (String key :
        List.of(
            "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a b", "ä", "~")) {
      assertThatIllegalArgumentException().as(key).isThrownBy(() -> put(key, "x"));
      assertThatIllegalArgumentException().as(key).isThrownBy(() -> store.head(key));
      assertThatIllegalArgumentException().as(key).isThrownBy(() -> store.get(key, 0, 1));
      assertThatIllegalArgumentException().as(key).isThrownBy(() -> store.delete(key));
      assertThatIllegalArgumentException().as(key).isThrownBy(() -> store.newUpload(key));
      assertThatIllegalArgumentException().as(key).isThrownBy(() -> store.tag(key, "a", "b"));
      assertThatIllegalArgumentException().as(key).isThrownBy(() -> store.probeTags(key));
    }
    for (String prefix : List.of("/", "/a", "../", "a//", "a b")) {
      assertThatIllegalArgumentException().as(prefix).isThrownBy(() -> keys(prefix));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> store.get("a", -1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> store.get("a", 0, 0));
  }

  @Test
  void theProbeFindsOutAndHarmsNothing() throws Exception {
    put("probe", "same");

    ConditionalPut answer = store.probeConditionalPut("probe", Payload.of("same".getBytes(UTF_8)));

    assertThat(answer).isEqualTo(ConditionalPut.ENFORCED);
    assertThat(text(store.get("probe", 0, Long.MAX_VALUE))).contains("same");
    assertThat(put("probe", "other")).isEqualTo(PutOutcome.ALREADY_EXISTS);
  }

  @Test
  void theProbeOfTagsFindsOutAndHarmsNothing() throws Exception {
    put("probe", "same");

    assertThat(store.probeTags("probe")).isEqualTo(tagSupport());

    assertThat(text(store.get("probe", 0, Long.MAX_VALUE))).contains("same");
    assertThat(keys("")).containsExactly("probe");
    if (tagSupport() == TagSupport.SUPPORTED) {
      assertThat(tagsOf("probe")).containsExactly("sidewal=live");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTagReplacesAllOthersAndLeavesTheContent(boolean probed) throws Exception {
    boolean has = tagSupport() == TagSupport.SUPPORTED;
    TagOutcome expected = has ? TagOutcome.TAGGED : TagOutcome.UNSUPPORTED;
    put("a/tagged", "content");
    put("a/other", "x");
    if (probed) {
      store.probeTags("a/tagged");
    }

    assertThat(store.tag("a/tagged", "first", "1")).isEqualTo(expected);
    assertThat(store.tag("a/tagged", "sidewal", "retired")).isEqualTo(expected);

    if (has) {
      assertThat(tagsOf("a/tagged")).containsExactly("sidewal=retired");
      assertThat(tagsOf("a/other")).isEmpty();
      assertThat(store.tag("a", "sidewal", "retired")).isEqualTo(TagOutcome.ABSENT);
      assertThat(store.tag("a/missing", "sidewal", "retired")).isEqualTo(TagOutcome.ABSENT);
    }
    assertThat(text(store.get("a/tagged", 0, Long.MAX_VALUE))).contains("content");
    assertThat(keys("")).containsExactly("a/other", "a/tagged");
  }

  @Test
  void withoutARuleNothingIsToldOfExpiry() {
    put("kept", "x");
    assertThat(store.head("kept")).isPresent();

    assertThat(store.expiryAlarm()).isEmpty();
  }

  @Test
  void theLocationIsAUrlOfTheSamePlace() throws Exception {
    put("here", "x");

    assertThat(ReplicaUrl.parse(store.location()).toString()).isEqualTo(store.location());
  }

  final PutOutcome put(String key, String content) {
    return store.putIfAbsent(key, Payload.of(content.getBytes(UTF_8)));
  }

  final List<ObjectInfo> infos(String prefix) {
    List<ObjectInfo> infos = new ArrayList<>();
    store.list(prefix, infos::add);
    return infos;
  }

  final List<String> keys(String prefix) {
    return infos(prefix).stream().map(ObjectInfo::key).toList();
  }

  static Optional<String> text(Optional<InputStream> stream) throws IOException {
    if (stream.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream in = stream.get()) {
      return Optional.of(new String(in.readAllBytes(), UTF_8));
    }
  }

  private static void write(ObjectUpload upload, byte[] bytes) {
    upload.write(bytes, 0, bytes.length);
  }

  private void assertWhole(String key, GeneratedPayload payload) throws IOException {
    assertThat(store.head(key).orElseThrow().size()).isEqualTo(payload.length());
    assertThat(GeneratedPayload.crc(store.get(key, 0, Long.MAX_VALUE).orElseThrow()))
        .isEqualTo(payload.crc());
    long offset = 8 * MIB - 100; // Across the border of two parts.
    try (InputStream in = store.get(key, offset, 200).orElseThrow();
        InputStream expected = payload.open()) {
      expected.skipNBytes(offset);
      assertThat(in.readAllBytes()).isEqualTo(expected.readNBytes(200));
    }
  }
}
