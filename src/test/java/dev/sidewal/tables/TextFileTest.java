package dev.sidewal.tables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** What is left when a dump is killed, and when it is not. */
final class TextFileTest {

  @TempDir Path dir;

  private List<String> names() throws Exception {
    try (var files = Files.list(dir)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatAKilledDumpLeftIsRemovedByTheNext() throws Exception {
    Path target = dir.resolve("a.sql");
    Files.writeString(dir.resolve(".a.sql.sidewal-dump-1f"), "half");
    Files.writeString(dir.resolve(".b.sql.sidewal-dump-1f"), "of another");
    Random random = new Random(1);
    try (TextFile first = TextFile.create(target, false, random);
        TextFile second = TextFile.create(target, true, random)) {
      assertThat(names()).as("that of the first is in use").hasSize(3);
      first.stream().write(1);
      first.publish();
      second.stream().write(2);
      second.publish();
    }
    assertThat(Files.readAllBytes(target)).containsExactly(2);
    assertThat(names()).containsExactly(".b.sql.sidewal-dump-1f", "a.sql");
  }

  @Test
  @EnabledIf("python")
  void whatAnotherProcessWritesIsLeftAlone() throws Exception {
    Path theirs = dir.resolve(".a.sql.sidewal-dump-2f");
    Process holder =
        new ProcessBuilder(
                "python3",
                "-c",
                "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.lockf(f, fcntl.LOCK_EX);"
                    + " print('locked', flush=True); sys.stdin.read()",
                theirs.toString())
            .start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("locked");
      TextFile.create(dir.resolve("a.sql"), false, new Random(1)).close();
      assertThat(theirs).exists();
    } finally {
      holder.destroyForcibly().waitFor();
    }
    TextFile.create(dir.resolve("a.sql"), false, new Random(1)).close();
    assertThat(names()).isEmpty();
  }

  static boolean python() {
    return Programs.hasPython();
  }
}
