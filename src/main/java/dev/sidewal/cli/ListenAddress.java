package dev.sidewal.cli;

import dev.sidewal.agent.HttpEndpoint;
import dev.sidewal.error.UsageException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Where an agent's HTTP endpoint listens.
 *
 * @param address empty for nowhere
 * @param isDefault whether nobody has asked for it: then it may be in use
 */
record ListenAddress(Optional<InetSocketAddress> address, boolean isDefault) {

  private static final Logger LOG = LoggerFactory.getLogger(ListenAddress.class);

  private static final String REQUEST_SECONDS = "10";
  private static final String RESPONSE_SECONDS = "60";
  private static final String CONNECTIONS = "256";

  /** The default. */
  static final String DEFAULT = "127.0.0.1:9180";

  /**
   * Reads an address.
   *
   * @throws UsageException if it is none
   */
  static ListenAddress of(String text) {
    if (text.equals("off")) {
      return new ListenAddress(Optional.empty(), false);
    }
    try {
      URI uri = URI.create("http://" + text);
      if (uri.getHost() != null && uri.getPort() >= 0 && uri.getPath().isEmpty()) {
        String host = uri.getHost().replaceAll("[\\[\\]]", "");
        return new ListenAddress(
            Optional.of(new InetSocketAddress(host, uri.getPort())), text.equals(DEFAULT));
      }
    } catch (IllegalArgumentException e) {
      throw bad(text, e);
    }
    throw bad(text, null);
  }

  private static UsageException bad(String text, Throwable cause) {
    return new UsageException(
        "'" + text + "' is no address to listen on: write HOST:PORT, as in " + DEFAULT, cause);
  }

  /**
   * Opens an endpoint; empty if there is to be none, or the default address is in use.
   *
   * @throws UsageException if it cannot be opened
   */
  Optional<HttpEndpoint> open(HttpEndpoint.Service service) {
    if (address.isEmpty()) {
      return Optional.empty();
    }
    limitSlowClients();
    try {
      HttpEndpoint endpoint = HttpEndpoint.start(address.get(), service);
      LOG.debug("listening on {}", endpoint.address());
      return Optional.of(endpoint);
    } catch (IOException e) {
      if (isDefault) {
        LOG.info(
            "{} is in use, by another agent perhaps: this one has no HTTP endpoint. Give it one"
                + " with --listen",
            DEFAULT);
        return Optional.empty();
      }
      throw new UsageException(
          "Cannot listen on " + address.get() + ": " + e.getMessage() + ".", e);
    }
  }

  /** Reads an address for picocli. */
  static final class Converter implements ITypeConverter<ListenAddress> {
    @Override
    public ListenAddress convert(String text) {
      try {
        return of(text);
      } catch (UsageException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /**
   * Whoever sends a request, or reads an answer, more slowly than this is cut off: a thread is his
   * meanwhile. The JVM reads these once, so they are set in a process that is Sidewal's own only.
   */
  private static void limitSlowClients() {
    limit("sun.net.httpserver.maxReqTime", REQUEST_SECONDS);
    limit("sun.net.httpserver.maxRspTime", RESPONSE_SECONDS);
    limit("jdk.httpserver.maxConnections", CONNECTIONS);
  }

  private static void limit(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
