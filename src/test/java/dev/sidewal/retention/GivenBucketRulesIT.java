package dev.sidewal.retention;

import dev.sidewal.testing.GivenS3Server;
import dev.sidewal.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * {@code sidewal lifecycle} on a store that the environment names; it makes buckets and removes
 * them.
 */
@EnabledIf(
    value = "dev.sidewal.testing.GivenS3Server#isGiven",
    disabledReason = "no store is named by SIDEWAL_TEST_S3_ENDPOINT and SIDEWAL_TEST_S3_BUCKET")
class GivenBucketRulesIT extends BucketRulesOnServer {

  private static S3Server server;

  @BeforeAll
  static void start() {
    server = GivenS3Server.fromEnvironment().orElseThrow();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  S3Server server() {
    return server;
  }
}
