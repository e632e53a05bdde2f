package dev.sidewal.sqlite;

import java.time.Duration;

/**
 * Hears how long the application's writers were kept waiting. Called by the thread that follows;
 * must return soon and throw nothing.
 */
@FunctionalInterface
public interface PauseListener {

  /** Nobody listens. */
  PauseListener NOBODY = (held, succeeded) -> {};

  /**
   * The write lock was held, and given back.
   *
   * @param succeeded whether the log can be begun anew after it; if not, it was in vain
   */
  void paused(Duration held, boolean succeeded);
}
