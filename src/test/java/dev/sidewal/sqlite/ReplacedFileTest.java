package dev.sidewal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that was replaced after it was opened is not followed with the log of the new one. */
class ReplacedFileTest {

  @BeforeAll
  static void needsThatProgram() {
    Programs.assumeSqlite3();
  }

  @TempDir Path dir;

  @Test
  void isNotAttachedTo() throws Exception {
    Path db = create("app.db");
    DatabaseFile opened = DatabaseFile.open(db).orElseThrow();
    Files.move(create("new.db"), db, StandardCopyOption.REPLACE_EXISTING);
    Path work = Files.createDirectory(dir.resolve("work"));
    assertThatThrownBy(
            () -> LogFollower.attach(opened, work, FollowOptions.DEFAULT, Clock.systemUTC()))
        .isInstanceOf(ContinuityLostException.class)
        .hasMessageContaining("replaced");
  }

  private Path create(String name) throws Exception {
    Path db = dir.resolve(name);
    Process p =
        new ProcessBuilder("sqlite3", db.toString(), "PRAGMA journal_mode=WAL; CREATE TABLE t(a);")
            .start();
    assertThat(p.waitFor()).isZero();
    return db;
  }
}
