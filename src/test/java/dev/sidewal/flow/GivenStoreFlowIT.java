package dev.sidewal.flow;

import dev.sidewal.testing.GivenS3Server;
import dev.sidewal.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;

/** {@link S3Flow} on whatever store the environment names; see docs/stores.md. */
@EnabledIf(
    value = "dev.sidewal.testing.GivenS3Server#isGiven",
    disabledReason = "SIDEWAL_TEST_S3_ENDPOINT and SIDEWAL_TEST_S3_BUCKET are not set")
class GivenStoreFlowIT extends S3Flow {

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
