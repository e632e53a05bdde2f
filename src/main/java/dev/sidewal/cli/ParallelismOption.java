package dev.sidewal.cli;

import dev.sidewal.error.UsageException;
import dev.sidewal.restore.RestoreRequest;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How many threads a restore uses. */
final class ParallelismOption {

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      description = "How many threads fetch and decode, 1 to 64. Default: the cores, at most 4.")
  private Optional<Integer> parallelism = Optional.empty();

  /** Refuses what is out of range. */
  void check() {
    if (parallelism.isPresent()
        && (parallelism.get() < 1 || parallelism.get() > RestoreRequest.MAX_PARALLELISM)) {
      throw new UsageException(
          "--parallelism is "
              + parallelism.get()
              + "; give 1 to "
              + RestoreRequest.MAX_PARALLELISM);
    }
  }

  /** Returns the number that is used. */
  int value() {
    return parallelism.orElseGet(RestoreRequest::defaultParallelism);
  }
}
