package dev.sidewal.flow;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;

/**
 * A class-data sharing archive of the built program. Some hundred processes are started by the
 * integration tests, and loading classes takes a third of what a short one costs. It is made once
 * for each jar and Java, by a run of the program; a JVM that cannot use it does without.
 */
final class ClassArchive {

  private static final Path TARGET = Path.of("target");
  private static final String OPTION = make();

  private ClassArchive() {}

  /** Returns the JVM's option that uses it; empty if there is none. */
  static String option() {
    return OPTION;
  }

  private static String make() {
    Path jar = TARGET.resolve("sidewal.jar");
    Path archive = TARGET.resolve("sidewal-" + System.getProperty("java.version") + ".jsa");
    // Several JVMs run integration tests at the same time.
    try (RandomAccessFile file =
            new RandomAccessFile(TARGET.resolve("class-archive.lock").toFile(), "rw");
        FileLock lock = file.getChannel().lock()) {
      if (lock.isValid()
          && (!Files.exists(archive)
              || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar))
                  < 0)) {
        dump(archive);
      }
      return Files.exists(archive) ? "-XX:SharedArchiveFile=" + archive.toAbsolutePath() : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static void dump(Path archive) throws IOException, InterruptedException {
    Path work = Files.createTempDirectory("class-archive");
    Path database = work.resolve("app.db");
    try {
      Databases.run(database, "PRAGMA journal_mode=WAL", "CREATE TABLE t(x)");
    } catch (Exception e) {
      throw new IOException("no database for the archive", e);
    }
    Path made = archive.resolveSibling(archive.getFileName() + ".new");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of("deploy", "sidewal").toAbsolutePath().toString(),
                "replicate",
                "--once",
                "--listen",
                "off",
                database.toString(),
                "file://" + work.resolve("replica"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder
        .environment()
        .put("SIDEWAL_JAVA_OPTS", "-XX:ArchiveClassesAtExit=" + made.toAbsolutePath());
    Process process = builder.start();
    if (process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0 && Files.exists(made)) {
      Files.move(made, archive, StandardCopyOption.REPLACE_EXISTING);
    } else {
      process.destroyForcibly();
    }
  }
}
