package dev.sidewal.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands until it is moved. Safe for use by several threads. */
public final class StandingClock extends Clock {

  private volatile Instant now;

  /** Creates a clock that shows a moment. */
  public StandingClock(Instant now) {
    this.now = now;
  }

  /** Lets time pass. One thread does that. */
  public void pass(Duration time) {
    now = now.plus(time);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }

  @Override
  public Instant instant() {
    return now;
  }
}
