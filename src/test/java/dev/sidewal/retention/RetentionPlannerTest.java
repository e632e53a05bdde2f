package dev.sidewal.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.RetiredMark;
import dev.sidewal.replica.Timeline;
import dev.sidewal.segment.ObjectKind;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random replicas live for a while: agents come and go, retention plans, and what was retired
 * vanishes one by one in any order while the rest goes on. After each thing that happens, what must
 * be restorable is, the timeline offers nothing that is not, and nothing looks damaged.
 */
class RetentionPlannerTest {

  private static final int STEPS = Integer.getInteger("sidewal.retention.steps", 150);

  static LongStream seeds() {
    return LongStream.rangeClosed(1, Integer.getInteger("sidewal.retention.seeds", 12));
  }

  private Random random;
  private NamedHistory history;
  private RetentionPolicy policy;
  private boolean damaged;
  private String context;

  /** Transactions that must be restorable. */
  private final TreeSet<Long> must = new TreeSet<>();

  private final List<String> retired = new ArrayList<>();
  private int vanished;

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void whatMustStayStays(long seed) {
    random = new Random(seed);
    Duration step = Duration.ofSeconds(1L << random.nextInt(16));
    policy =
        new RetentionPolicy(
            Duration.ofSeconds(1 + random.nextInt((int) step.toSeconds() * 20)),
            Duration.ofSeconds(1 + random.nextInt((int) step.toSeconds() * 60)),
            random.nextInt(4) == 0
                ? Optional.empty()
                : Optional.of(
                    Duration.ofSeconds(1 + random.nextInt((int) step.toSeconds() * 200))));
    history = new NamedHistory(random, step);
    damaged = random.nextInt(5) == 0;
    context = "seed " + seed + ", step " + step + ", " + policy;
    must.add(1L);
    for (int i = 0; i < STEPS; i++) {
      step(step);
      check();
    }
    vanish(retired.size());
    retain();
    vanish(retired.size());
    check();
    assertThat(retired).as(context).isEmpty();
  }

  private void step(Duration step) {
    switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> {
        long first = history.last() + 1;
        history.segment();
        if (!damaged) {
          LongStream.rangeClosed(first, history.last()).forEach(must::add);
        }
      }
      case 4 -> history.snapshot();
      case 5, 6 -> history.delta();
      case 7 -> history.pack();
      case 8 -> claim();
      case 9 -> history.pass(step.multipliedBy(random.nextInt(8) == 0 ? 100 : random.nextInt(5)));
      case 10, 11 -> retain();
      case 12 -> damage();
      default -> vanish(1 + random.nextInt(4));
    }
  }

  private void claim() {
    long mark = history.timeline().mark().map(m -> m.txid()).orElse(1L);
    long least = Math.max(mark, history.last() - random.nextInt(6));
    long latest = history.timeline().latest().orElseThrow();
    boolean goesOn =
        random.nextBoolean() && history.timeline().isRestorable(least) && latest >= least;
    history.claim(least, goesOn);
    must.tailSet(least, false).clear();
    if (!goesOn) {
      must.add(history.last());
    }
  }

  private void damage() {
    List<HistoryObject> objects = history.objects();
    if (damaged && !objects.isEmpty()) {
      history.store.delete(objects.get(random.nextInt(objects.size())).key());
      // What was retired does not stand in for what was lost.
      Timeline timeline = history.timeline();
      must.retainAll(restorable(Timeline.of(timeline.listing(), o -> !retired.contains(o.key()))));
    }
  }

  private void retain() {
    Timeline before = history.timeline();
    RetentionPlan plan = RetentionPlanner.plan(before, policy, history.now);
    NavigableSet<Long> wanted = wanted(restorable());
    must.retainAll(wanted);
    must.addAll(wanted);
    assertComplete(before, plan);
    plan.mark().map(RetiredMark::key).ifPresent(key -> history.store.put(key, new byte[1]));
    assertThat(plan.objects())
        .extracting(RetiredObject::key)
        .as(context)
        .doesNotHaveDuplicates()
        .isSubsetOf(history.store.keys());
    retired.clear();
    plan.objects().forEach(o -> retired.add(o.key()));
    Collections.shuffle(retired, random);
  }

  /** Returns what the policy promises, worked out from the names in the plainest way. */
  private NavigableSet<Long> wanted(NavigableSet<Long> restorable) {
    Instant window = history.now.minus(policy.window());
    long first = 1;
    for (long t = 1; t <= history.last() && !history.time(t).isAfter(window); t++) {
      first = t;
    }
    TreeSet<Long> wanted = new TreeSet<>(restorable.tailSet(first));
    Instant hourly = history.now.minus(policy.hourly());
    List<HistoryObject> images =
        history.objects().stream()
            .filter(o -> o.kind().isImage() && history.isValid(o))
            .filter(o -> restorable.contains(o.lastTxid()))
            .toList();
    for (HistoryObject image : images) {
      Instant time = image.lastTime();
      boolean recent = !time.isBefore(hourly);
      boolean daily =
          policy.daily().isPresent() && !time.isBefore(history.now.minus(policy.daily().get()));
      if (image.kind() == ObjectKind.SNAPSHOT
          ? recent || (daily && isLast(image, images, ChronoUnit.DAYS))
          : recent && hasBase(image, images) && isLast(image, images, ChronoUnit.HOURS)) {
        wanted.add(image.lastTxid());
      }
    }
    return wanted;
  }

  private static boolean hasBase(HistoryObject delta, List<HistoryObject> images) {
    return images.stream()
        .anyMatch(i -> i.kind() == ObjectKind.SNAPSHOT && i.lastTxid() == delta.firstTxid() - 1);
  }

  private static boolean isLast(HistoryObject image, List<HistoryObject> images, ChronoUnit unit) {
    return images.stream()
        .filter(i -> i.kind() == image.kind())
        .filter(i -> i.kind() == ObjectKind.SNAPSHOT || hasBase(i, images))
        .filter(i -> i.lastTime().truncatedTo(unit).equals(image.lastTime().truncatedTo(unit)))
        .allMatch(i -> i.lastTxid() <= image.lastTxid());
  }

  /** What is of no use is in the plan: log before a snapshot that is older than the window. */
  private void assertComplete(Timeline before, RetentionPlan plan) {
    Instant window = history.now.minus(policy.window());
    long mark = before.mark().map(m -> m.txid()).orElse(0L);
    long oldest =
        history.objects().stream()
            .filter(o -> o.kind() == ObjectKind.SNAPSHOT && history.isValid(o))
            .filter(o -> !o.lastTime().isAfter(window) && o.lastTxid() >= mark)
            .mapToLong(HistoryObject::lastTxid)
            .max()
            .orElse(0);
    assertThat(plan.objects())
        .extracting(RetiredObject::key)
        .as("%s, log up to %d of %s", context, oldest, history.store.keys())
        .containsAll(
            history.objects().stream()
                .filter(o -> !o.kind().isImage() && o.lastTxid() <= oldest)
                .filter(o -> o.lastTime().isBefore(window))
                .map(HistoryObject::key)
                .toList());
  }

  private void vanish(int count) {
    for (int i = 0; i < count && !retired.isEmpty(); i++) {
      String key = retired.remove(retired.size() - 1);
      history.store.delete(key);
      vanished++;
      check();
    }
  }

  private NavigableSet<Long> restorable() {
    return restorable(history.timeline());
  }

  private static NavigableSet<Long> restorable(Timeline timeline) {
    TreeSet<Long> txids = new TreeSet<>();
    timeline
        .restorable()
        .forEach(r -> LongStream.rangeClosed(r.first(), r.last()).forEach(txids::add));
    return txids;
  }

  private void check() {
    Timeline timeline = history.timeline();
    NavigableSet<Long> offered = restorable(timeline);
    assertThat(offered)
        .as("%s: what must be restorable, of %s, after %d vanished", context, keys(), vanished)
        .containsAll(must);
    assertThat(history.reachable())
        .as("%s: what can be restored, of %s", context, keys())
        .containsAll(offered);
    if (!damaged) {
      assertThat(timeline.isWhole()).as("%s: whole, of %s", context, keys()).isTrue();
      assertThat(timeline.holes()).as("%s: holes, of %s", context, keys()).isEmpty();
      assertThat(timeline.latest()).as(context).hasValue(history.last());
    }
    for (GenerationListing generation : timeline.listing().generations()) {
      assertThat(generation.marks().size()).as(context).isLessThan(STEPS);
    }
  }

  private List<String> keys() {
    return history.store.keys();
  }
}
