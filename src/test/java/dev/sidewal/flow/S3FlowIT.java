package dev.sidewal.flow;

import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** {@link S3Flow} on S3Proxy in this JVM, which checks signatures. */
class S3FlowIT extends S3Flow {

  private static S3Server server;

  @BeforeAll
  static void start() {
    server = S3ProxyServer.start();
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
