package dev.sidewal.agent;

import dev.sidewal.replica.GenerationClaim;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Claims generations beside the session's start, for a store may take long to fail.
 *
 * <p>Invariant: at most one claim is under way. One that was given up is told so, and the next one
 * begins only after it has ended; so an agent is never superseded by a claim of its own that a
 * store answered late. Not safe for use by several threads.
 */
final class ClaimRunner {

  /** Asked by a claim right before it writes. */
  interface Cancelled {
    /** Throws if the claim was given up. */
    void check();
  }

  private static final class Attempt implements Cancelled {
    private volatile boolean cancelled;

    @Override
    public void check() {
      if (cancelled) {
        throw new CancellationException("the claim was given up");
      }
    }
  }

  /** What a wait does in between. */
  interface Meanwhile {
    /** Returns false to give up. */
    boolean goOn() throws IOException;
  }

  private static final long LOOK_MILLIS = 20;

  private Optional<FutureTask<GenerationClaim>> running = Optional.empty();

  /**
   * Claims once.
   *
   * @param claim does it, on another thread
   * @param meanwhile called often; what it throws gives the claim up
   * @return empty if told to give up
   */
  Optional<GenerationClaim> claim(Function<Cancelled, GenerationClaim> claim, Meanwhile meanwhile)
      throws IOException, InterruptedException {
    while (running.isPresent() && !running.get().isDone()) {
      if (!meanwhile.goOn()) {
        return Optional.empty();
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    Attempt attempt = new Attempt();
    FutureTask<GenerationClaim> task = new FutureTask<>(() -> claim.apply(attempt));
    running = Optional.of(task);
    Workers.SHARED.execute(Workers.Kind.CLAIM, task);
    boolean ended = false;
    try {
      while (true) {
        try {
          GenerationClaim claimed = task.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
          ended = true;
          return Optional.of(claimed);
        } catch (TimeoutException e) {
          if (!meanwhile.goOn()) {
            return Optional.empty();
          }
        } catch (ExecutionException e) {
          ended = true;
          if (e.getCause() instanceof RuntimeException failure) {
            throw failure;
          }
          throw new IllegalStateException(e.getCause());
        }
      }
    } finally {
      attempt.cancelled = !ended;
    }
  }
}
