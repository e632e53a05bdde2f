package dev.sidewal.agent;

/**
 * The log was held for as long as the application's disk allows, and is let go: what is committed
 * from here on until following goes on becomes one gap transaction.
 */
final class LogLetGoException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  LogLetGoException(String why) {
    super(
        "Nothing could be copied, and "
            + why
            + ": the log is let go, so that the application keeps its disk. What it commits until"
            + " copying goes on can be restored only as one step.");
  }
}
