package dev.sidewal.cli;

import dev.sidewal.agent.Agent;
import dev.sidewal.agent.HttpEndpoint;
import dev.sidewal.agent.MetricsPage;
import dev.sidewal.agent.Token;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where an agent's HTTP endpoint listens, and who may ask it. */
final class EndpointFlags {

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT|off",
      defaultValue = ListenAddress.DEFAULT,
      converter = ListenAddress.Converter.class,
      description =
          "Where the HTTP endpoint listens: a loopback address, or any other if there is a token;"
              + " off for nowhere (default ${DEFAULT-VALUE}, if it is free).")
  private ListenAddress listen;

  @Mixin private final TokenFlags token = new TokenFlags();

  /**
   * Reads what was given, before anything else is begun.
   *
   * @throws dev.sidewal.error.UsageException if it cannot be used
   */
  Endpoint endpoint() {
    Endpoint wanted = new Endpoint(listen, token.token());
    wanted.address().address().ifPresent(a -> HttpEndpoint.check(a, wanted.token().isPresent()));
    return wanted;
  }

  /** What is to be opened. */
  record Endpoint(ListenAddress address, Optional<Token> token) {

    /** Opens the endpoint; empty if there is to be none. */
    Optional<HttpEndpoint> open(Supplier<List<Agent.Replicated>> databases, MetricsPage metrics) {
      return address.open(
          new HttpEndpoint.Service(databases, Optional.of(metrics), token, Clock.systemUTC()));
    }
  }
}
