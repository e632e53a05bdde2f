package dev.sidewal.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** {@link FileObjectStore}, publishing by hard links. */
class FileStoreTest extends ObjectStoreConformance {

  @TempDir Path directory;

  @Override
  ObjectStore openStore(String place) throws IOException {
    Path root = directory.resolve(place);
    Files.createDirectories(root.getParent());
    return open(new ReplicaUrl.Directory(root));
  }

  ObjectStore open(ReplicaUrl.Directory url) {
    return new FileObjectStore(url, Clock.systemUTC());
  }

  @Override
  TagSupport tagSupport() {
    return TagSupport.UNSUPPORTED;
  }

  @Override
  List<String> tagsOf(String key) {
    throw new UnsupportedOperationException("files have no tags");
  }

  @Override
  long unfinishedUploads() throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(place).resolve(".tmp~"))) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> !file.endsWith("publish.lock"))
          .count();
    }
  }
}
