package dev.sidewal.flow;

import dev.sidewal.testing.LocalStackServer;
import dev.sidewal.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;

/** {@link S3Flow} on LocalStack, where Docker answers. */
@EnabledIf(
    value = "dev.sidewal.testing.LocalStackServer#isAvailable",
    disabledReason = "no Docker daemon answers here")
class LocalStackFlowIT extends S3Flow {

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
