package dev.sidewal.cli;

import java.io.IOException;

/** Standard output could not be written: the results did not arrive. */
final class OutputException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  OutputException(IOException cause) {
    super(
        "standard output could not be written, so the result is incomplete ("
            + cause.getMessage()
            + ")",
        cause);
  }
}
