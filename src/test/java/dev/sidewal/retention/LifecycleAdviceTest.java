package dev.sidewal.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import dev.sidewal.store.BucketLifecycle;
import dev.sidewal.store.BucketVersioning;
import dev.sidewal.store.LifecycleConfiguration;
import dev.sidewal.store.ReplicaUrl;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What an agent says at its start. */
class LifecycleAdviceTest {

  private static List<String> advice(BucketLifecycle bucket) {
    return LifecycleAdvice.of(bucket, "app").stream()
        .map(a -> (a.warns() ? "WARN " : "INFO ") + a.message())
        .toList();
  }

  /** A bucket whose rules cannot be read. */
  private record Closed(StoreException why) implements BucketLifecycle {
    @Override
    public String location() {
      return "s3://bucket/app";
    }

    @Override
    public Optional<LifecycleConfiguration> read() {
      throw why;
    }

    @Override
    public void write(LifecycleConfiguration configuration) {
      throw why;
    }

    @Override
    public void delete() {
      throw why;
    }

    @Override
    public BucketVersioning versioning() {
      throw why;
    }

    @Override
    public void close() {}
  }

  @Test
  void nothingIsSaidWhenTheRulesFit() {
    MemoryBucket bucket = MemoryBucket.without();
    new BucketRules(bucket, "app", Duration.ZERO).apply();
    assertThat(advice(bucket)).isEmpty();
  }

  @Test
  void aMissingRuleIsAWarning() {
    assertThat(advice(MemoryBucket.without()))
        .hasSize(2)
        .allMatch(text -> text.startsWith("WARN No rule "))
        .anyMatch(text -> text.contains("sidewal lifecycle apply"));
  }

  @Test
  void aRuleThatEndangersLiveHistoryIsAWarning() {
    MemoryBucket bucket = MemoryBucket.without();
    new BucketRules(bucket, "", Duration.ZERO).apply();
    String rules = bucket.read().orElseThrow().xml().orElseThrow();
    String more =
        rules.replace(
            "</LifecycleConfiguration>",
            "<Rule><ID>tidy</ID><Filter/><Status>Enabled</Status><Expiration><Days>90</Days>"
                + "</Expiration></Rule></LifecycleConfiguration>");
    bucket.write(new LifecycleConfiguration(Optional.of(more), Optional.empty()));
    assertThat(advice(bucket))
        .singleElement()
        .asString()
        .startsWith("WARN Rule 'tidy' deletes live history: ");
  }

  @Test
  void whatCannotBeReadIsOnlyWorthKnowing() {
    assertThat(advice(new Closed(new StoreDeniedException("access denied.", null))))
        .singleElement()
        .asString()
        .startsWith("INFO ")
        .contains("access denied.", "sidewal lifecycle check");
    assertThat(advice(new Closed(new StoreException("no answer.", true, null))))
        .containsExactly("INFO Whether the lifecycle rules fit could not be checked: no answer.");
  }

  @Test
  void aStoreWithoutRulesNeedsPrune() {
    assertThat(advice(new MemoryBucket(Optional.empty())))
        .singleElement()
        .asString()
        .startsWith("INFO ")
        .contains("sidewal prune");
    assertThat(LifecycleAdvice.atStart(ReplicaUrl.parse("file:///srv/backup/app")))
        .singleElement()
        .satisfies(a -> assertThat(a.warns()).isFalse())
        .satisfies(
            a -> assertThat(a.message()).contains("file:///srv/backup/app", "sidewal prune"));
  }
}
