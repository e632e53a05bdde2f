package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Since when the store may lack something, held against a model that knows every commit. */
class BacklogTest {

  private static final Instant T0 = Instant.parse("2026-11-21T12:00:00Z");

  private final Backlog backlog = new Backlog();

  private static Instant at(long millis) {
    return T0.plusMillis(millis);
  }

  private Optional<Instant> since(long millis) {
    return backlog.since(at(millis));
  }

  private void caughtUp(long millis, long txid) {
    backlog.looked(at(millis), true, txid, txid, Optional.empty());
  }

  @Test
  void nothingIsOwedOfADatabaseThatIsNotThere() {
    backlog.databaseIsGone();
    assertThat(since(100_000)).isEmpty();
  }

  @Test
  void itCountsFromTheBeginningUntilTheFirstSnapshotIsShipped() {
    backlog.begin(at(0), Optional.empty());
    assertThat(since(3000)).contains(at(0));
    backlog.looked(at(4000), true, 1, 0, Optional.of(at(3900)));
    assertThat(since(5000)).contains(at(0));
    caughtUp(6000, 1);
    assertThat(since(6000)).isEmpty();
  }

  @Test
  void whatAnEarlierRunLeftCountsFromItsTime() {
    backlog.begin(at(0), Optional.of(at(-60_000)));
    assertThat(since(1)).contains(at(-60_000));
  }

  @Test
  void theOldestTransactionThatWaitsCounts() {
    backlog.begin(at(0), Optional.empty());
    caughtUp(0, 1);
    backlog.looked(at(20), true, 2, 1, Optional.of(at(20)));
    backlog.looked(at(40), true, 9, 1, Optional.of(at(20)));
    assertThat(since(50)).contains(at(20));
    backlog.looked(at(60), true, 9, 2, Optional.of(at(40)));
    assertThat(since(60)).contains(at(40));
    caughtUp(80, 9);
    assertThat(since(80)).isEmpty();
  }

  @Test
  void whoeverHoldsCountsFromTheLastMomentAtWhichAllWasCopied() {
    backlog.begin(at(0), Optional.empty());
    caughtUp(0, 1);
    caughtUp(1000, 1);
    backlog.looked(at(2000), false, 1, 1, Optional.empty());
    backlog.looked(at(9000), false, 1, 1, Optional.empty());
    assertThat(since(9500)).contains(at(1000));
    // The end is reached: what was copied is dated by when it was seen, which is too late.
    backlog.looked(at(10_000), true, 5, 1, Optional.of(at(10_000)));
    assertThat(since(10_000)).contains(at(1000));
    caughtUp(10_500, 5);
    assertThat(since(10_500)).isEmpty();
  }

  @Test
  void whatIsForgottenCountsFromItsFirstTransaction() {
    backlog.begin(at(0), Optional.empty());
    caughtUp(0, 1);
    backlog.looked(at(1000), true, 3, 1, Optional.of(at(500)));
    backlog.forgotten(at(500));
    backlog.looked(at(1020), false, 1, 1, Optional.empty());
    assertThat(since(1020)).contains(at(500));
  }

  @Test
  void whatIsForgottenMayBeOlderThanTheTimeInWhichItWasHeld() {
    backlog.begin(at(0), Optional.empty());
    caughtUp(0, 1);
    backlog.looked(at(1000), true, 2, 1, Optional.of(at(500)));
    backlog.looked(at(1100), false, 2, 1, Optional.of(at(500)));
    backlog.looked(at(1200), true, 3, 1, Optional.of(at(500)));
    backlog.forgotten(at(500));
    backlog.looked(at(1210), false, 1, 1, Optional.empty());
    assertThat(since(1220)).contains(at(500));
    backlog.sessionEnded();
    assertThat(since(1230)).contains(at(500));
  }

  @Test
  void betweenSessionsItGrows() {
    backlog.begin(at(0), Optional.empty());
    caughtUp(0, 1);
    caughtUp(1000, 1);
    backlog.sessionEnded();
    assertThat(since(60_000)).contains(at(1000));
    backlog.looked(at(60_000), true, 2, 1, Optional.of(at(60_000)));
    assertThat(since(60_000)).contains(at(1000));
    caughtUp(61_000, 2);
    assertThat(since(61_000)).isEmpty();
  }

  @Test
  void aDatabaseThatWasRemovedOwesOnlyWhatWasNotShipped() {
    backlog.begin(at(0), Optional.empty());
    caughtUp(0, 1);
    backlog.sessionEnded();
    backlog.databaseIsGone();
    assertThat(since(60_000)).isEmpty();
    backlog.begin(at(70_000), Optional.empty());
    assertThat(since(71_000)).contains(at(70_000));
    backlog.looked(at(72_000), true, 2, 1, Optional.of(at(72_000)));
    backlog.sessionEnded();
    backlog.databaseIsGone();
    assertThat(since(90_000)).contains(at(70_000));
  }

  @Test
  void followingThatStandsStillKnowsNothing() {
    backlog.begin(at(0), Optional.empty());
    caughtUp(0, 1);
    assertThat(since(5000)).isEmpty();
    assertThat(since(30_000)).contains(at(0));
    caughtUp(30_000, 1);
    assertThat(since(30_000)).isEmpty();
  }

  /**
   * Commits, copies, ships, holds, forgets and ends sessions at random: the answer is never later
   * than the oldest commit that is not shipped, and there is none when all is shipped.
   */
  @Test
  void whatWasCommittedBeforeTheAnswerIsShipped() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      checkOneLife(random, "seed " + seed + ", round " + round);
    }
  }

  private static void checkOneLife(Random random, String where) {
    Backlog backlog = new Backlog();
    List<Long> committed = new ArrayList<>();
    List<Long> seen = new ArrayList<>();
    long now = 0;
    int shipped = 0;
    backlog.begin(at(0), Optional.empty());
    for (int step = 0; step < 200; step++) {
      now += random.nextInt(30);
      while (random.nextInt(3) == 0) {
        committed.add(now);
      }
      now++;
      int what = random.nextInt(20);
      if (what == 0) {
        backlog.sessionEnded();
      } else {
        boolean holds = what < 5;
        int most = committed.size() - seen.size();
        int copies = holds ? random.nextInt(most + 1) : most;
        for (int i = 0; i < copies; i++) {
          seen.add(now);
        }
        shipped += random.nextInt(seen.size() - shipped + 1);
        if (what == 6 && seen.size() > shipped) {
          backlog.forgotten(at(seen.get(shipped)));
          seen.subList(shipped, seen.size()).clear();
          holds = true;
        }
        backlog.looked(
            at(now),
            !holds,
            seen.size(),
            shipped,
            seen.size() > shipped ? Optional.of(at(seen.get(shipped))) : Optional.empty());
      }
      now++;
      Optional<Instant> since = backlog.since(at(now));
      // A look takes a while: what is seen at its end may have been committed since the one before.
      if (shipped < committed.size() && since.isPresent() && seen.size() > shipped) {
        Instant oldest = at(committed.get(shipped));
        assertThat(Duration.between(oldest, since.get()))
            .as(where)
            .isLessThan(Duration.ofMillis(35));
      }
      if (shipped < seen.size()) {
        assertThat(since).as(where).isPresent();
      }
      if (seen.size() < committed.size() && since.isEmpty()) {
        assertThat(Duration.between(at(committed.get(seen.size())), at(now)))
            .as(where)
            .isLessThan(Duration.ofMillis(35));
      }
    }
    backlog.looked(at(now), true, committed.size(), committed.size(), Optional.empty());
    assertThat(backlog.since(at(now))).as(where).isEmpty();
  }
}
