package dev.sidewal.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.restore.RestoreResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedExampleTest {

  @TempDir Path dir;

  @Test
  void runs() throws Exception {
    RestoreResult result = EmbeddedExample.run(dir);

    assertThat(result.txid()).isEqualTo(2);
    try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("restored.db"));
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT group_concat(text) FROM notes")) {
      assertThat(r.next()).isTrue();
      assertThat(r.getString(1)).isEqualTo("hello");
    }
  }

  @Test
  void isWhatTheReadmeShows() throws Exception {
    String source =
        Files.readString(Path.of("src/test/java/dev/sidewal/examples/EmbeddedExample.java"));
    String body =
        source
            .substring(source.indexOf("    Path db ="), source.lastIndexOf("  }\n}"))
            .replaceAll("(?m)^    ", "");

    assertThat(Files.readString(Path.of("README.md"))).contains("```java\n" + body + "```\n");
  }
}
