package dev.sidewal.cli;

import dev.sidewal.agent.Token;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The token that an agent wants to see, and that those show who talk to it. */
final class TokenFlags {

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "A file with the token that requests to the agent's HTTP endpoint must show; else the"
              + " variable SIDEWAL_TOKEN, if it is set.")
  private Optional<Path> file = Optional.empty();

  /**
   * Returns the token; empty if there is none.
   *
   * @throws dev.sidewal.error.UsageException if there is one that cannot be used
   */
  Optional<Token> token() {
    return file.map(Token::read)
        .or(
            () ->
                Optional.ofNullable(System.getenv(Token.VARIABLE))
                    .filter(text -> !text.isBlank())
                    .map(text -> Token.of(text, "the variable " + Token.VARIABLE)));
  }
}
