package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Memory does not grow with the object: large ones pass through a JVM with a small heap. */
class SegmentScaleTest {

  @TempDir Path directory;

  @Test
  void aTransactionOf300MiB() throws Exception {
    run("-Xmx24m", "300", "4096", "false", "SNAPSHOT");
  }

  @Test
  void smallPages() throws Exception {
    run("-Xmx24m", "128", "512", "false", "SNAPSHOT");
  }

  @Test
  void aSegmentWhosePagesComeAgainAndAgain() throws Exception {
    run("-Xmx36m", "300", "4096", "false", "SEGMENT");
    run("-Xmx36m", "96", "512", "false", "SEGMENT");
    run("-Xmx36m", "200", "65536", "true", "PACK");
  }

  @Test
  @EnabledIfSystemProperty(named = "sidewal.torture", matches = "true")
  void aTransactionOf3GiB() throws Exception {
    run("-Xmx32m", "3072", "512", "false", "SNAPSHOT");
  }

  @Test
  @EnabledIfSystemProperty(named = "sidewal.torture", matches = "true")
  void offsetsBeyond4GiB() throws Exception {
    run("-Xmx24m", "4500", "65536", "true", "SNAPSHOT");
  }

  private void run(String heap, String mebibytes, String pageSize, String noise, String kind)
      throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    heap,
                    "-XX:+UseSerialGC",
                    "-XX:MaxDirectMemorySize=16m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    LargeObject.class.getName(),
                    directory.resolve("large.snapshot").toString(),
                    mebibytes,
                    pageSize,
                    noise,
                    kind))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    System.out.println(output);
    assertThat(process.exitValue()).as(output).isZero();
    assertThat(output).contains("chunks and blocks fine");
  }
}
