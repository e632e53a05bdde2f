package dev.sidewal.flow;

import dev.sidewal.testing.S3MockServer;
import dev.sidewal.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** {@link S3Flow} on Adobe's S3Mock. */
class S3MockFlowIT extends S3Flow {

  private static S3Server server;

  @BeforeAll
  static void start() {
    server = S3MockServer.start();
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
