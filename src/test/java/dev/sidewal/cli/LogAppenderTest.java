package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LogAppenderTest {

  private static final String TIME = "\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final LoggerContext context = new LoggerContext();
  private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();

  @BeforeEach
  void mdc() {
    context.setMDCAdapter(mdc);
  }

  private Logger logger(LogFormat format, boolean stacks) {
    Logger logger = context.getLogger("dev.sidewal.agent.Shipper");
    LogAppender appender = new LogAppender(ErrorOutput.of(bytes, false), format, stacks);
    appender.setContext(context);
    appender.start();
    logger.addAppender(appender);
    return logger;
  }

  @Test
  void textNamesTheDatabaseAndKeepsToOneLine() {
    mdc.put(LogAppender.DATABASE, "app.db");
    logger(LogFormat.TEXT, false)
        .atWarn()
        .addKeyValue("txid", 42L)
        .setCause(new IOException("disk\nfull", new IllegalStateException("why")))
        .log("could not\nwrite {}", "it");
    assertThat(lines())
        .matches(
            TIME
                + " WARN  app\\.db: could not write it \\(txid=42\\): IOException: disk full;"
                + " caused by IllegalStateException: why\n");
  }

  @Test
  void textWithoutADatabaseNamesTheClass() {
    logger(LogFormat.TEXT, false).info("hello");
    assertThat(lines()).matches(TIME + " INFO  Shipper: hello\n");
  }

  @Test
  void stackTracesOnlyWhenAskedFor() {
    logger(LogFormat.TEXT, true).error("failed", new IOException("x"));
    assertThat(lines()).contains("\tat dev.sidewal.cli.LogAppenderTest");
  }

  @Test
  void jsonIsOneObjectALineWithTypedValues() throws IOException {
    mdc.put(LogAppender.DATABASE, "app.db");
    mdc.put("replica", "s3://b/p");
    logger(LogFormat.JSON, false)
        .atError()
        .addKeyValue("txid", 42L)
        .addKeyValue("level", "mine")
        .addKeyValue("retriable", true)
        .setCause(new IOException("x"))
        .log("say \"{}\"\n", "it");
    assertThat(lines()).endsWith("}\n").hasLineCount(1);
    Map<?, ?> entry = new ObjectMapper().readValue(lines(), Map.class);
    assertThat((String) entry.remove("time")).matches(TIME);
    assertThat(entry)
        .isEqualTo(
            Map.of(
                "level", "ERROR",
                "logger", "dev.sidewal.agent.Shipper",
                "database", "app.db",
                "message", "say \"it\"\n",
                "replica", "s3://b/p",
                "txid", 42,
                "_level", "mine",
                "retriable", true,
                "error", "IOException: x"));
  }

  private String lines() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
