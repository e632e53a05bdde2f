package dev.sidewal.store;

import dev.sidewal.testing.S3MockServer;
import dev.sidewal.testing.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** {@link S3ObjectStore} on Adobe's S3Mock. */
class S3MockStoreIT extends S3Conformance {

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

  /** S3Mock looks and then writes, without holding the key meanwhile. */
  @Override
  boolean decidesRaces() {
    return false;
  }

  /** S3Mock deletes the object along with the parts of an upload that has the same key. */
  @Override
  boolean abortsOnlyTheUpload() {
    return false;
  }
}
