package dev.sidewal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectStoresTest {

  @TempDir Path directory;

  /** Starting the S3 client takes a large part of a second, which no local backup should pay. */
  @Test
  void aDirectoryNeedsNoS3Classes() throws Exception {
    assertThat(loadedClasses("file://" + directory + "/replica"))
        .contains("dev.sidewal.store.FileObjectStore ")
        .doesNotContain("software.amazon.awssdk");
    assertThat(loadedClasses("s3://bucket?endpoint=http://127.0.0.1:1"))
        .contains("software.amazon.awssdk");
  }

  private static String loadedClasses(String url) throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xshare:auto",
                    "-Xlog:class+load",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Opener.class.getName(),
                    url))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  /** Opens the store that its argument names, and lists it if it is a directory. */
  static final class Opener {
    private Opener() {}

    public static void main(String[] args) {
      ReplicaUrl url = ReplicaUrl.parse(args[0]);
      try (ObjectStore store = ObjectStores.open(url)) {
        if (url instanceof ReplicaUrl.Directory) {
          store.list("", info -> {});
        }
      }
    }
  }
}
