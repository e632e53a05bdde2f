package dev.sidewal.store;

import dev.sidewal.testing.GivenS3Server;
import dev.sidewal.testing.S3Server;
import java.util.Optional;
import org.junit.jupiter.api.condition.EnabledIf;

/** {@link S3ObjectStore} on whatever store the environment names; see docs/stores.md. */
@EnabledIf(
    value = "dev.sidewal.testing.GivenS3Server#isGiven",
    disabledReason = "SIDEWAL_TEST_S3_ENDPOINT and SIDEWAL_TEST_S3_BUCKET are not set")
class GivenStoreIT extends S3Conformance {

  private static final Optional<GivenS3Server> SERVER = GivenS3Server.fromEnvironment();

  @Override
  boolean outlivesTests() {
    return true;
  }

  @Override
  S3Server server() {
    return SERVER.orElseThrow();
  }
}
