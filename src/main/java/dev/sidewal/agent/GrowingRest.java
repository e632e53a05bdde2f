package dev.sidewal.agent;

import java.time.Duration;

/**
 * How long to rest before something is tried again; twice as long each time, up to a longest.
 *
 * @param time how long now
 * @param longest how long at most
 */
record GrowingRest(Duration time, Duration longest) {

  /** Returns the rest after this one. */
  GrowingRest next() {
    Duration twice = time.multipliedBy(2);
    return new GrowingRest(twice.compareTo(longest) > 0 ? longest : twice, longest);
  }
}
