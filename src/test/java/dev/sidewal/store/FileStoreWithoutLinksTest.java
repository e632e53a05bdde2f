package dev.sidewal.store;

import java.time.Clock;

/**
 * {@link FileObjectStore} as on a file system without hard links, and listing a directory in many
 * passes.
 */
class FileStoreWithoutLinksTest extends FileStoreTest {

  @Override
  ObjectStore open(ReplicaUrl.Directory url) {
    return new FileObjectStore(url, Clock.systemUTC(), false, 50);
  }
}
