package dev.sidewal.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationState;
import dev.sidewal.error.StoreException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.core.env.MapPropertySource;

class SidewalConfigurationTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path dir;
  private Path database;

  @BeforeEach
  void directory() throws Exception {
    database = Files.createDirectory(dir.resolve("data")).resolve("app.db");
  }

  private AnnotationConfigApplicationContext application(String replica) {
    var context = new AnnotationConfigApplicationContext();
    context
        .getEnvironment()
        .getPropertySources()
        .addFirst(
            new MapPropertySource(
                "test", Map.of("app.database", database.toString(), "app.replica", replica)));
    context.registerBean(MeterRegistry.class, SimpleMeterRegistry::new);
    context.register(SidewalConfiguration.class);
    return context;
  }

  private static void run(DataSource source, String... statements) throws SQLException {
    try (Connection c = source.getConnection();
        Statement s = c.createStatement()) {
      for (String sql : statements) {
        s.execute(sql);
      }
    }
  }

  @Test
  void aNewMachineGoesOnWhereTheOldOneEnded() throws Exception {
    String replica = "file:" + dir.resolve("replica");
    try (var old = application(replica)) {
      old.refresh();
      run(
          old.getBean(DataSource.class),
          "CREATE TABLE notes(text)",
          "INSERT INTO notes VALUES('hello')");
      old.getBean(Replication.class).sync(LONG);
      Health health = old.getBean(HealthIndicator.class).health();
      assertThat(health.getStatus()).isEqualTo(Status.UP);
      assertThat(health.getDetails())
          .containsEntry("state", ReplicationState.FOLLOWING)
          .doesNotContainKey("trouble");
      MeterRegistry registry = old.getBean(MeterRegistry.class);
      assertThat(registry.get("sidewal.databases").gauge().value()).isEqualTo(1);
      assertThat(registry.get("sidewal.shipped.txid").gauge().value()).isPositive();
      run(old.getBean(DataSource.class), "INSERT INTO notes VALUES('and the rest')");
    }
    for (String end : new String[] {"", "-wal", "-shm"}) {
      Files.deleteIfExists(Path.of(database + end));
    }
    try (var another = application(replica)) {
      another.refresh();
      try (Connection c = another.getBean(DataSource.class).getConnection();
          Statement s = c.createStatement();
          ResultSet r = s.executeQuery("SELECT group_concat(text) FROM notes")) {
        assertThat(r.next()).isTrue();
        assertThat(r.getString(1)).isEqualTo("hello,and the rest");
      }
    }
  }

  @Test
  void anApplicationDoesNotBeginWithoutItsDataWhenTheStoreIsOutOfReach() throws Exception {
    Path inTheWay = Files.writeString(dir.resolve("replica"), "no directory");
    try (var application = application("file:" + inTheWay)) {
      assertThatThrownBy(application::refresh)
          .isInstanceOf(BeanCreationException.class)
          .hasStackTraceContaining(StoreException.class.getName());
    }
    assertThat(database).doesNotExist();
  }

  @Test
  void replicationThatHasEndedIsDown() throws Exception {
    try (var application = application("file:" + dir.resolve("replica"))) {
      application.refresh();
      run(application.getBean(DataSource.class), "CREATE TABLE notes(text)");
      application.getBean(Replication.class).sync(LONG);
      application.getBean(Replication.class).stop(LONG);
      Health health = application.getBean(HealthIndicator.class).health();
      assertThat(health.getStatus()).isEqualTo(Status.DOWN);
    }
  }

  @Test
  void isWhatTheDocumentShows() throws Exception {
    String source =
        Files.readString(Path.of("src/test/java/dev/sidewal/examples/SidewalConfiguration.java"));
    String shown = source.substring(source.indexOf("/** Sidewal in a Spring Boot"));
    assertThat(Files.readString(Path.of("docs/embedding.md")))
        .contains("```java\n" + shown + "```\n");
  }
}
