package dev.sidewal.store;

import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** {@link S3ObjectStore} on S3Proxy. */
class S3ProxyStoreTest extends S3Conformance {

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

  /** S3Proxy answers 501. */
  @Override
  TagSupport tagSupport() {
    return TagSupport.UNSUPPORTED;
  }
}
