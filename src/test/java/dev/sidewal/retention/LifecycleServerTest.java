package dev.sidewal.retention;

import dev.sidewal.testing.LifecycleServer;
import dev.sidewal.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** {@code sidewal lifecycle} on a server that keeps rules to the letter. */
class LifecycleServerTest extends BucketRulesOnServer {

  private static S3Server server;

  @BeforeAll
  static void start() {
    server = LifecycleServer.start();
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
