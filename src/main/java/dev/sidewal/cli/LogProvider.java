package dev.sidewal.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * Logging of the program, set up in code: no configuration file is searched for or parsed, which
 * takes longer than a short command. {@link Main} names this class to SLF4J; a program that embeds
 * Sidewal does not, and keeps its own provider.
 *
 * <p>The log goes to standard error, one line an entry. Of the AWS SDK nothing is shown unless the
 * level is {@code trace}: what it warns of, Sidewal reports itself, with what it means for the
 * data.
 */
public final class LogProvider implements SLF4JServiceProvider {

  private final LoggerContext context = new LoggerContext();
  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();

  /** Creates a provider that logs nothing until it is configured. */
  public LogProvider() {}

  /** Applies level and format; what was applied before is replaced. */
  static void configure(LogLevel level, LogFormat format, boolean stacks, ErrorOutput err) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      throw new IllegalStateException("the program was started with another logging provider");
    }
    Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.detachAndStopAllAppenders();
    LogAppender appender = new LogAppender(err, format, stacks);
    appender.setContext(context);
    appender.start();
    root.setLevel(level.level());
    root.addAppender(appender);
    context
        .getLogger("software.amazon.awssdk")
        .setLevel(level == LogLevel.TRACE ? Level.DEBUG : Level.OFF);
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return context;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return mdc;
  }

  @Override
  public String getRequestedApiVersion() {
    return "2.0.99";
  }

  @Override
  public void initialize() {
    context.setName("sidewal");
    context.setMDCAdapter(mdc);
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
    context.start();
  }
}
