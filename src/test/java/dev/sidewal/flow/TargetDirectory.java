package dev.sidewal.flow;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/** Puts the directories of large tests below the build's, for {@code /tmp} may be small. */
final class TargetDirectory implements TempDirFactory {

  /** Called by JUnit. */
  TargetDirectory() {}

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
      throws IOException {
    Path parent = Files.createDirectories(Path.of("target", "flow").toAbsolutePath());
    return Files.createTempDirectory(parent, "large-");
  }
}
