package dev.sidewal.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.cli.CliRun;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.store.S3BucketLifecycle;
import dev.sidewal.testing.S3MockServer;
import dev.sidewal.testing.S3Server;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;
import software.amazon.awssdk.services.s3.model.LifecycleRule;

/**
 * {@code sidewal lifecycle} on Adobe's S3Mock, which takes a rule for a tag, and gives it back
 * without the tag: a real store on which the rule would delete everything.
 */
class S3MockBucketRulesIT {

  private static S3Server server;

  @BeforeAll
  static void start() {
    server = S3MockServer.start();
    server.useInThisJvm();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void aRuleThatLostItsTagIsNeverSwitchedOn() {
    try (S3Client client = server.client();
        S3BucketLifecycle bucket =
            S3BucketLifecycle.open(server.url("app"), server.credentials())) {
      BucketRules rules = new BucketRules(bucket, "app", Duration.ZERO);
      assertThatThrownBy(rules::apply)
          .isInstanceOf(VerificationFailedException.class)
          .hasMessageContaining("does not keep rule 'sidewal-retired' as written");
      assertThat(bucket.read().orElseThrow().xml()).as("put back").isEmpty();

      LifecycleRule tidy =
          LifecycleRule.builder()
              .id("tidy")
              .status(ExpirationStatus.ENABLED)
              .filter(f -> f.prefix("logs/"))
              .expiration(e -> e.days(9))
              .build();
      client.putBucketLifecycleConfiguration(
          r -> r.bucket(server.bucket()).lifecycleConfiguration(c -> c.rules(tidy)));
      assertThatThrownBy(rules::apply).isInstanceOf(VerificationFailedException.class);
      List<LifecycleRule> after =
          client.getBucketLifecycleConfiguration(r -> r.bucket(server.bucket())).rules();
      assertThat(after).containsExactly(tidy);

      client.putBucketLifecycleConfiguration(
          r ->
              r.bucket(server.bucket())
                  .lifecycleConfiguration(
                      c -> c.rules(tidy.toBuilder().filter(f -> f.prefix("")).build())));
      String url = server.url("app").toString();
      CliRun check = CliRun.of("lifecycle", "check", url);
      assertThat(check.code()).isEqualTo(ExitCode.VERIFICATION_FAILED.code());
      assertThat(check.out()).contains("ERROR       Rule 'tidy' deletes live history");
      bucket.delete();
    }
  }
}
