package dev.sidewal.examples;

import dev.sidewal.agent.Agent;
import dev.sidewal.agent.Replication;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.agent.ReplicationStatus;
import dev.sidewal.agent.Sidewal;
import dev.sidewal.agent.metrics.SidewalMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Sidewal in a Spring Boot application: it starts before the DataSource and stops after it. */
@Configuration(proxyBeanMethods = false)
public class SidewalConfiguration {

  private final List<Agent.Replicated> running = new CopyOnWriteArrayList<>();

  /** Sidewal's meters, in the registry of the application. */
  @Bean(destroyMethod = "close")
  SidewalMetrics sidewalMetrics(MeterRegistry registry) {
    return SidewalMetrics.bind(registry, () -> running);
  }

  /** Restores the database if it is not there, then replicates it until the context is closed. */
  @Bean(destroyMethod = "close")
  Replication replication(
      @Value("${app.database}") Path database,
      @Value("${app.replica}") String replica,
      SidewalMetrics metrics) {
    Sidewal.restoreIfMissing(replica, database);
    ReplicationOptions options =
        ReplicationOptions.builder()
            .shutdownTimeout(Duration.ofSeconds(20))
            .observer(metrics.observer())
            .build();
    Replication replication = Sidewal.replicate(database, replica, options);
    running.add(new Agent.Replicated(database, replica, replication));
    metrics.refresh();
    return replication;
  }

  /** Takes the replication as a parameter: so it is made after it, and closed before it. */
  @Bean
  DataSource dataSource(@Value("${app.database}") Path database, Replication replication) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setBusyTimeout(5000);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + database);
    return source;
  }

  /** Down when replication has ended or hangs; a store that is out of reach is a detail. */
  @Bean
  HealthIndicator sidewalHealthIndicator(Replication replication) {
    return () -> {
      ReplicationStatus status = replication.status();
      boolean works = replication.isAlive() && !status.state().ended();
      Health.Builder health = works ? Health.up() : Health.down();
      status.trouble().ifPresent(trouble -> health.withDetail("trouble", trouble));
      replication.failure().ifPresent(health::withException);
      return health
          .withDetail("state", status.state())
          .withDetail("lastTransaction", status.lastTxid())
          .withDetail("shippedTransaction", status.shippedTxid())
          .build();
    };
  }
}
