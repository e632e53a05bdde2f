package dev.sidewal.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.cli.CliRun;
import dev.sidewal.error.ExitCode;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.S3Server;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.Transition;
import software.amazon.awssdk.services.s3.model.TransitionStorageClass;

/** {@code sidewal lifecycle} on a server that has lifecycle rules. */
abstract class BucketRulesOnServer {

  private static int buckets;

  private S3Client client;
  private String bucket;
  private String url;

  abstract S3Server server();

  @BeforeEach
  void makeBucket() {
    server().useInThisJvm();
    client = server().client();
    buckets++;
    bucket = "lifecycle-" + Long.toHexString(System.nanoTime()) + "-" + buckets;
    client.createBucket(r -> r.bucket(bucket));
    url =
        new ReplicaUrl.S3(
                bucket,
                "app",
                Optional.of(server().endpoint()),
                Optional.of(server().region()),
                true)
            .toString();
  }

  @AfterEach
  void close() {
    client.deleteBucket(r -> r.bucket(bucket));
    client.close();
  }

  private List<LifecycleRule> rules() {
    return client.getBucketLifecycleConfiguration(r -> r.bucket(bucket)).rules();
  }

  private void put(LifecycleRule... rules) {
    client.putBucketLifecycleConfiguration(
        r -> r.bucket(bucket).lifecycleConfiguration(c -> c.rules(rules)));
  }

  private static LifecycleRule.Builder rule(String id, String prefix) {
    return LifecycleRule.builder()
        .id(id)
        .status(ExpirationStatus.ENABLED)
        .filter(f -> f.prefix(prefix));
  }

  @Test
  void applyMakesAnEmptyBucketFit() {
    CliRun missing = CliRun.of("lifecycle", "check", url);
    assertThat(missing.code()).isEqualTo(ExitCode.VERIFICATION_FAILED.code());
    assertThat(missing.out()).contains("ERROR       No rule deletes what is retired");
    assertThat(missing.err()).startsWith("error: The lifecycle rules do not fit ");

    CliRun applied = CliRun.of("lifecycle", "apply", "--retention", "30d", url).succeeded();

    assertThat(applied.out())
        .contains("added rule 'sidewal-retired': deletes what is retired below 'app/'\n")
        .contains("ok          Rule 'sidewal-retired' deletes retired objects 1 day after");
    assertThat(CliRun.of("lifecycle", "check", url).succeeded().out()).doesNotContain("ERROR");
    assertThat(rules())
        .anySatisfy(
            rule -> {
              assertThat(rule.id()).isEqualTo("sidewal-retired");
              assertThat(rule.status()).isEqualTo(ExpirationStatus.ENABLED);
              assertThat(rule.filter().and().prefix()).isEqualTo("app/");
              assertThat(rule.filter().and().tags())
                  .singleElement()
                  .satisfies(tag -> assertThat(tag.key()).isEqualTo("sidewal"))
                  .satisfies(tag -> assertThat(tag.value()).isEqualTo("retired"));
              assertThat(rule.expiration().days()).isEqualTo(1);
            })
        .hasSize(2);
    assertThat(rules())
        .filteredOn(rule -> rule.id().equals("sidewal-uploads"))
        .singleElement()
        .extracting(rule -> rule.abortIncompleteMultipartUpload().daysAfterInitiation())
        .isEqualTo(7);
    assertThat(CliRun.of("lifecycle", "apply", url).succeeded().out())
        .startsWith("nothing to change\n");
    assertThat(rules()).hasSize(2);
  }

  @Test
  void otherRulesAreKept() {
    LifecycleRule logs = rule("logs", "logs/").expiration(e -> e.days(30)).build();
    LifecycleRule tmp =
        rule("tmp", "tmp/")
            .status(ExpirationStatus.DISABLED)
            .transitions(
                Transition.builder().days(40).storageClass(TransitionStorageClass.GLACIER).build())
            .noncurrentVersionExpiration(n -> n.noncurrentDays(5))
            .build();
    put(logs, tmp);
    List<LifecycleRule> before = rules();

    CliRun.of("lifecycle", "apply", "--json", url).succeeded();

    assertThat(rules()).hasSize(4).containsAll(before);
  }

  @Test
  void aRuleThatEndangersLiveHistoryIsFoundAndNothingIsChanged() {
    put(rule("tidy", "").expiration(e -> e.days(90)).build());
    List<LifecycleRule> before = rules();

    CliRun check = CliRun.of("lifecycle", "check", url);
    assertThat(check.code()).isEqualTo(ExitCode.VERIFICATION_FAILED.code());
    assertThat(check.out()).contains("ERROR       Rule 'tidy' deletes live history");
    assertThat(check.err()).contains("live history is in danger");
    CliRun apply = CliRun.of("lifecycle", "apply", url).failedWith(ExitCode.VERIFICATION_FAILED);
    assertThat(apply.err()).contains("were not changed", "Rule 'tidy'");
    assertThat(rules()).isEqualTo(before);
  }

  @Test
  void aVersionedBucketGetsARuleForNoncurrentVersions() {
    client.putBucketVersioning(
        r ->
            r.bucket(bucket)
                .versioningConfiguration(v -> v.status(BucketVersioningStatus.ENABLED)));

    assertThat(CliRun.of("lifecycle", "apply", url).succeeded().out())
        .contains("added rule 'sidewal-noncurrent'", "versioning  on");
    assertThat(rules())
        .filteredOn(rule -> rule.id().equals("sidewal-noncurrent"))
        .singleElement()
        .satisfies(
            rule -> {
              assertThat(rule.noncurrentVersionExpiration().noncurrentDays()).isEqualTo(7);
              assertThat(rule.expiration().expiredObjectDeleteMarker()).isTrue();
            });
    assertThat(LifecycleAdvice.atStart(ReplicaUrl.parse(url))).isEmpty();
  }

  @Test
  void theAgentIsTold() {
    assertThat(LifecycleAdvice.atStart(ReplicaUrl.parse(url)))
        .anyMatch(a -> a.warns() && a.message().contains("No rule deletes what is retired"));
  }
}
