package dev.sidewal.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.event.KeyValuePair;

/**
 * Writes log entries to standard error, one a line.
 *
 * <pre>
 * text  2026-11-21T10:00:00.123Z INFO  app.db: message (key=value)
 * json  {"time":"2026-11-21T10:00:00.123Z","level":"INFO","logger":"dev.sidewal.agent.Agent",
 *        "database":"app.db","message":"message","key":"value","error":"…"}
 * </pre>
 *
 * <p>The subject of a text line is the MDC's {@value #DATABASE}, else the short name of the logger.
 * In JSON the MDC and the entry's keys and values are fields of their own; one that is called like
 * a fixed field gets an underscore in front. A failure is shown with its causes on the same line;
 * stack traces only when asked for.
 */
final class LogAppender extends AppenderBase<ILoggingEvent> {

  /** The MDC key that holds the name of the database that an entry is about. */
  static final String DATABASE = "database";

  private static final Set<String> FIXED =
      Set.of("time", "level", "logger", "message", "error", "stack");

  private final ErrorOutput err;
  private final LogFormat format;
  private final boolean stacks;

  LogAppender(ErrorOutput err, LogFormat format, boolean stacks) {
    this.err = err;
    this.format = format;
    this.stacks = stacks;
  }

  @Override
  protected void append(ILoggingEvent event) {
    err.line(format == LogFormat.JSON ? json(event) : text(event));
  }

  private String text(ILoggingEvent event) {
    Map<String, String> context = new TreeMap<>(event.getMDCPropertyMap());
    String database = context.remove(DATABASE);
    StringBuilder line = new StringBuilder(160);
    line.append(Texts.time(time(event)))
        .append(String.format(Locale.ROOT, " %-5s ", event.getLevel()))
        .append(database == null ? shortName(event.getLoggerName()) : database)
        .append(": ")
        .append(oneLine(event.getFormattedMessage()));
    Map<String, Object> values = new LinkedHashMap<>(context);
    addPairs(event, values);
    if (!values.isEmpty()) {
      String separator = " (";
      for (Map.Entry<String, Object> value : values.entrySet()) {
        line.append(separator).append(value.getKey()).append('=').append(value.getValue());
        separator = " ";
      }
      line.append(')');
    }
    IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      line.append(": ").append(describe(failure));
      if (stacks) {
        line.append('\n').append(ThrowableProxyUtil.asString(failure).stripTrailing());
      }
    }
    return line.toString();
  }

  private String json(ILoggingEvent event) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("time", Texts.time(time(event)));
    fields.put("level", event.getLevel().toString());
    fields.put("logger", event.getLoggerName());
    Map<String, Object> values = new LinkedHashMap<>(new TreeMap<>(event.getMDCPropertyMap()));
    Object database = values.remove(DATABASE);
    if (database != null) {
      fields.put(DATABASE, database);
    }
    fields.put("message", event.getFormattedMessage());
    addPairs(event, values);
    values.forEach((key, value) -> fields.put(FIXED.contains(key) ? "_" + key : key, value));
    IThrowableProxy failure = event.getThrowableProxy();
    if (failure != null) {
      fields.put("error", describe(failure));
      if (stacks) {
        fields.put("stack", ThrowableProxyUtil.asString(failure));
      }
    }
    StringWriter line = new StringWriter();
    try (JsonGenerator generator = Json.FACTORY.createGenerator(line)) {
      generator.writeStartObject();
      for (Map.Entry<String, Object> field : fields.entrySet()) {
        generator.writeFieldName(field.getKey());
        writeValue(generator, field.getValue());
      }
      generator.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return line.toString();
  }

  private static void writeValue(JsonGenerator generator, Object value) throws IOException {
    if (value instanceof Long || value instanceof Integer) {
      generator.writeNumber(((Number) value).longValue());
    } else if (value instanceof Double number && Double.isFinite(number)) {
      generator.writeNumber(number);
    } else if (value instanceof Boolean flag) {
      generator.writeBoolean(flag);
    } else if (value instanceof Instant time) {
      generator.writeString(Texts.time(time));
    } else {
      generator.writeString(String.valueOf(value));
    }
  }

  private static void addPairs(ILoggingEvent event, Map<String, Object> values) {
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        values.put(pair.key, pair.value);
      }
    }
  }

  private static Instant time(ILoggingEvent event) {
    return Instant.ofEpochMilli(event.getTimeStamp());
  }

  private static String describe(IThrowableProxy failure) {
    StringBuilder text = new StringBuilder();
    int depth = 0;
    for (IThrowableProxy t = failure; t != null && depth < 8; t = t.getCause(), depth++) {
      text.append(depth == 0 ? "" : "; caused by ").append(shortName(t.getClassName()));
      if (t.getMessage() != null) {
        text.append(": ").append(oneLine(t.getMessage()));
      }
    }
    return text.toString();
  }

  private static String shortName(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s*[\\r\\n]+\\s*", " ");
  }
}
