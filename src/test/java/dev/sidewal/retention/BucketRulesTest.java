package dev.sidewal.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sidewal.error.StoreException;
import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.retention.LifecycleFinding.Severity;
import dev.sidewal.store.BucketVersioning;
import dev.sidewal.store.LifecycleConfiguration;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code apply} changes, and above all what it does not. */
class BucketRulesTest {

  private static final String LOGS =
      """
      <Rule><ID>logs</ID><Prefix>logs/</Prefix><Status>Enabled</Status>
        <Expiration><Days>30</Days></Expiration>
        <Novelty Since="2031"><Kind>unheard of</Kind></Novelty></Rule>
      <Rule><Filter><And><Prefix>tmp/</Prefix><ObjectSizeLessThan>77</ObjectSizeLessThan></And>
        </Filter><Status>Disabled</Status><NoncurrentVersionTransition><NoncurrentDays>3
        </NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions>
        <StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition></Rule>
      """;

  private static BucketRules rules(MemoryBucket bucket, String prefix) {
    return new BucketRules(bucket, prefix, Duration.ZERO);
  }

  private static String xml(MemoryBucket bucket) {
    return bucket.read().orElseThrow().xml().orElseThrow();
  }

  @Test
  void anEmptyBucketGetsTheRules() {
    MemoryBucket bucket = MemoryBucket.without();
    BucketRules.Change change = rules(bucket, "app").apply();

    assertThat(xml(bucket))
        .isEqualTo(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>"
                + "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + "<Rule><ID>sidewal-retired</ID><Filter><And><Prefix>app/</Prefix><Tag>"
                + "<Key>sidewal</Key><Value>retired</Value></Tag></And></Filter>"
                + "<Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"
                + "<Rule><ID>sidewal-uploads</ID><Filter><Prefix>app/</Prefix></Filter>"
                + "<Status>Enabled</Status><AbortIncompleteMultipartUpload>"
                + "<DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
                + "</Rule></LifecycleConfiguration>");
    assertThat(change.changes())
        .containsExactly(
            "added rule 'sidewal-retired': deletes what is retired below 'app/'",
            "added rule 'sidewal-uploads': aborts uploads that were not finished after 7 days"
                + " below 'app/'");
    assertThat(change.after().verdict().fits()).isTrue();
    assertThat(change.after().rules()).isEqualTo(2);
  }

  @Test
  void aReplicaThatIsTheBucketHasATagOnly() {
    MemoryBucket bucket = MemoryBucket.without();
    assertThat(rules(bucket, "").apply().after().verdict().fits()).isTrue();
    assertThat(xml(bucket))
        .contains("<Filter><Tag><Key>sidewal</Key><Value>retired</Value></Tag></Filter>")
        .contains("<Filter><Prefix/></Filter>");
  }

  @ParameterizedTest
  @EnumSource(BucketVersioning.class)
  void aVersionedBucketGetsOneMore(BucketVersioning versioning) {
    MemoryBucket bucket = MemoryBucket.without();
    bucket.versioning = versioning;
    BucketRules.Change change = rules(bucket, "app").apply();
    assertThat(change.changes()).hasSize(versioning == BucketVersioning.ON ? 3 : 2);
    if (versioning == BucketVersioning.ON) {
      assertThat(xml(bucket))
          .contains(
              "<Rule><ID>sidewal-noncurrent</ID><Filter><Prefix>app/</Prefix></Filter>"
                  + "<Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>true"
                  + "</ExpiredObjectDeleteMarker></Expiration><NoncurrentVersionExpiration>"
                  + "<NoncurrentDays>7</NoncurrentDays></NoncurrentVersionExpiration></Rule>");
      assertThat(change.after().verdict().findings())
          .extracting(LifecycleFinding::severity)
          .containsOnly(Severity.OK);
    }
  }

  @Test
  void allOtherRulesStayAsTheyAreToTheLetter() {
    MemoryBucket bucket = MemoryBucket.with(LOGS);
    rules(bucket, "app").apply();

    assertThat(xml(bucket)).contains(LOGS);
    assertThat(bucket.writes).hasSize(2);
    assertThat(bucket.writes)
        .allMatch(w -> w.minimumSize().equals(Optional.of("varies_by_storage_class")))
        .allMatch(w -> w.xml().orElseThrow().contains(LOGS));
  }

  @Test
  void theSecondTimeNothingIsWritten() {
    MemoryBucket bucket = MemoryBucket.with(LOGS);
    bucket.versioning = BucketVersioning.ON;
    rules(bucket, "app").apply();
    BucketRules.Change again = rules(bucket, "app").apply();

    assertThat(again.changes()).isEmpty();
    assertThat(again.after().verdict().fits()).isTrue();
    assertThat(bucket.writes).hasSize(2);
  }

  @Test
  void severalReplicasShareABucket() {
    MemoryBucket bucket = MemoryBucket.without();
    rules(bucket, "app").apply();
    rules(bucket, "app2").apply();
    rules(bucket, "other/app").apply();
    int writes = bucket.writes.size();

    for (String prefix : List.of("app", "app2", "other/app")) {
      assertThat(rules(bucket, prefix).check().verdict().fits()).as(prefix).isTrue();
      assertThat(rules(bucket, prefix).apply().changes()).as(prefix).isEmpty();
    }
    assertThat(bucket.writes).hasSize(writes);
    List<String> ids =
        LifecycleDocument.parse(xml(bucket), "test").rules().stream()
            .map(LifecycleRule::id)
            .toList();
    assertThat(ids)
        .hasSize(6)
        .doesNotHaveDuplicates()
        .contains("sidewal-retired", "sidewal-uploads")
        .anyMatch(id -> id.startsWith("sidewal-retired-other-app-"));
  }

  @Test
  void aRuleForTheWholeBucketServesEveryReplica() {
    MemoryBucket bucket = MemoryBucket.without();
    rules(bucket, "").apply();
    assertThat(rules(bucket, "app").apply().changes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<Rule><ID>other</ID><Filter/><Status>Enabled</Status><Expiration><Days>9</Days>"
            + "</Expiration></Rule>",
        "<Rule><ID>other</ID><Filter><Prefix>app/</Prefix></Filter><Status>Enabled</Status>"
            + "<Transition><Days>9</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>",
        // It bears our name, and is not about our prefix alone.
        "<Rule><ID>sidewal-retired</ID><Filter/><Status>Enabled</Status><Expiration><Days>9</Days>"
            + "</Expiration></Rule>",
      })
  void nothingIsChangedWhileARuleEndangersLiveHistory(String rule) {
    MemoryBucket bucket = MemoryBucket.with(rule);
    assertThatThrownBy(() -> rules(bucket, "app").apply())
        .isInstanceOf(VerificationFailedException.class)
        .hasMessageStartingWith(
            "The lifecycle rules for s3://bucket/app were not changed, since what is there"
                + " endangers live history: Rule '");
    assertThat(bucket.writes).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<Rule><ID>sidewal-retired</ID><Filter><Prefix>app/</Prefix></Filter>"
            + "<Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>",
        "<Rule><ID>sidewal-retired</ID><Filter><And><Prefix>app/</Prefix><Tag><Key>sidewal</Key>"
            + "<Value>retired</Value></Tag></And></Filter><Status>Disabled</Status>"
            + "<Expiration><Days>1</Days></Expiration></Rule>",
      })
  void aRuleOfOurOwnThatIsBrokenIsReplaced(String rule) {
    MemoryBucket bucket = MemoryBucket.with(rule + LOGS);
    BucketRules.Change change = rules(bucket, "app").apply();

    assertThat(change.changes().get(0)).startsWith("replaced rule 'sidewal-retired': ");
    assertThat(change.changes().get(0)).contains("; it was Expiration{Days=1}; ");
    assertThat(change.after().verdict().fits()).isTrue();
    assertThat(change.after().rules()).isEqualTo(4);
    assertThat(xml(bucket)).contains(LOGS);
  }

  @Test
  void whatTheStoreLosesIsNoticed() {
    MemoryBucket bucket = MemoryBucket.with(LOGS);
    bucket.keeps = xml -> xml.replaceAll("<Novelty.*</Novelty>", "");
    VerificationFailedException e =
        catchThrowableOfType(VerificationFailedException.class, () -> rules(bucket, "app").apply());
    assertThat(e)
        .hasMessageContaining("does not keep rule 'logs' as written")
        .hasMessageNotContaining("sidewal-retired");
    assertThat(bucket.writes.get(bucket.writes.size() - 1).xml().orElseThrow())
        .as("put back")
        .endsWith(">" + LOGS + "</LifecycleConfiguration>");
  }

  /** Without its tag the rule would delete everything. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStoreThatDropsTheTagNeverHasTheRuleSwitchedOn(boolean hadRules) {
    MemoryBucket bucket = hadRules ? MemoryBucket.with(LOGS) : MemoryBucket.without();
    LifecycleConfiguration before = bucket.read().orElseThrow();
    bucket.keeps = xml -> xml.replaceAll("<Tag>.*?</Tag>", "");

    assertThatThrownBy(() -> rules(bucket, "app").apply())
        .isInstanceOf(VerificationFailedException.class)
        .hasMessageContaining("does not keep rule 'sidewal-retired' as written. The rules from")
        .hasMessageContaining("sidewal prune");

    assertThat(bucket.writes)
        .allSatisfy(
            write ->
                assertThat(
                        LifecycleDocument.parse(write.xml().orElseThrow(), "test").rules().stream()
                            .filter(rule -> rule.id().startsWith("sidewal")))
                    .noneMatch(LifecycleRule::enabled));
    assertThat(bucket.read()).contains(before);
  }

  @Test
  void whatStoresRewordIsNoLoss() {
    MemoryBucket bucket = MemoryBucket.with(LOGS);
    bucket.keeps =
        xml ->
            xml.replace("<Prefix>logs/</Prefix>", "<Filter><Prefix>logs/</Prefix></Filter>")
                .replace(
                    "<Days>1</Days>",
                    "<ExpiredObjectDeleteMarker>false</ExpiredObjectDeleteMarker><Days>1</Days>")
                .replace("<Rule><Filter>", "<Rule><ID>given</ID><Filter>");
    assertThat(rules(bucket, "app").apply().after().verdict().fits()).isTrue();
  }

  @Test
  void aStoreMayTakeAWhileToShowTheNewRules() {
    MemoryBucket bucket = MemoryBucket.without();
    bucket.staleReads = 3;
    assertThat(rules(bucket, "app").apply().after().verdict().fits()).isTrue();
  }

  @Test
  void aStoreWithoutRules() {
    MemoryBucket bucket = new MemoryBucket(Optional.empty());
    BucketRules.Report report = rules(bucket, "app").check();
    assertThat(report.verdict().fits()).isTrue();
    assertThat(report.verdict().findings())
        .singleElement()
        .satisfies(f -> assertThat(f.message()).contains("no lifecycle rules", "sidewal prune"));
    assertThatThrownBy(() -> rules(bucket, "app").apply())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("sidewal prune");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<html/>",
        "not xml",
        "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
      })
  void whatIsNoDocumentIsRefused(String text) {
    assertThatThrownBy(() -> LifecycleDocument.parse(text, "s3://bucket/app"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("Could not read the lifecycle rules for s3://bucket/app");
  }
}
