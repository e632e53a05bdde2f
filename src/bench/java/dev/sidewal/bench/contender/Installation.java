package dev.sidewal.bench.contender;

import dev.sidewal.bench.process.Command;
import dev.sidewal.bench.process.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Sidewal as the image has it, made from a checkout: launcher, jar, and the AOT cache of a training
 * run beside them. What the image has besides, a Java of its own and unpacked native libraries, is
 * not there.
 */
public final class Installation {

  private Installation() {}

  /**
   * Makes it, and returns its launcher.
   *
   * @param java the home of a Java 25 or newer; the cache fits no other
   */
  public static Path withCache(Path checkout, Path directory, Optional<Path> java)
      throws IOException, InterruptedException {
    if (SidewalContender.major(java) < 25) {
      throw new IOException("--aot needs a Java 25 or newer for Sidewal: name it by --java");
    }
    Files.createDirectories(directory);
    Path launcher = directory.resolve("sidewal");
    copy(checkout.resolve("deploy/sidewal"), launcher);
    copy(checkout.resolve("target/sidewal.jar"), directory.resolve("sidewal.jar"));
    Path cache = directory.resolve("sidewal.aot");
    Files.deleteIfExists(cache);
    Map<String, String> environment = new HashMap<>();
    java.ifPresent(home -> environment.put("JAVA_HOME", home.toString()));
    String program = java.map(home -> home.resolve("bin/java").toString()).orElse("java");
    Output.of(
        new Command(
            List.of(
                program,
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                directory.resolve("sidewal.jar").toString(),
                checkout.resolve("deploy/docker/Training.java").toString(),
                launcher.toString(),
                cache.toString()),
            environment));
    if (!Files.exists(cache)) {
      throw new IOException("the training run has made no AOT cache");
    }
    return launcher;
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
  }
}
