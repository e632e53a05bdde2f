package dev.sidewal.retention;

import dev.sidewal.testing.LocalStackServer;
import dev.sidewal.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;

/** {@code sidewal lifecycle} on LocalStack, where Docker answers. */
@EnabledIf(
    value = "dev.sidewal.testing.LocalStackServer#isAvailable",
    disabledReason = "no Docker daemon answers here")
class LocalStackBucketRulesIT extends BucketRulesOnServer {

  private static S3Server server;

  @BeforeAll
  static void start() {
    server = LocalStackServer.start();
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
