package dev.sidewal.agent;

import dev.sidewal.retention.LifecycleAdvice;
import dev.sidewal.store.ReplicaUrl;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says in the log, at a start, where the lifecycle rules of a bucket do not fit a replica. */
final class LifecycleLog {

  private static final Logger LOG = LoggerFactory.getLogger(LifecycleLog.class);

  private LifecycleLog() {}

  /** Looks on a thread of its own: replication does not wait for it. */
  static void begin(ReplicaUrl url) {
    Thread thread = new Thread(() -> look(url), "sidewal-lifecycle");
    thread.setDaemon(true);
    thread.start();
  }

  private static void look(ReplicaUrl url) {
    try {
      for (LifecycleAdvice advice : LifecycleAdvice.atStart(url)) {
        if (advice.warns()) {
          LOG.warn("{}", advice.message());
        } else {
          LOG.info("{}", advice.message());
        }
      }
    } catch (RuntimeException e) {
      LOG.info("whether the lifecycle rules fit could not be checked: {}", e.toString());
    }
  }
}
