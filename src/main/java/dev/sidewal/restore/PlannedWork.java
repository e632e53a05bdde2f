package dev.sidewal.restore;

import dev.sidewal.error.UnsupportedFormatException;
import dev.sidewal.replica.ObjectGoneException;
import dev.sidewal.replica.Timeline;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a plan and has it carried out; once more, from a fresh listing, if an object goes away
 * meanwhile. What fails is told in the terms of the target.
 */
final class PlannedWork {

  private static final Logger LOG = LoggerFactory.getLogger(PlannedWork.class);

  private PlannedWork() {}

  /** What is done with a plan. */
  @FunctionalInterface
  interface Work {
    /** Carries a plan out, from the beginning. */
    void carryOut(RestorePlan plan) throws IOException;
  }

  /** Returns the plan that was carried out. */
  static RestorePlan run(ObjectStore store, RestoreTarget target, Work work) {
    RestorePlanner planner = new RestorePlanner(store);
    Timeline timeline = Timeline.load(store);
    try {
      RestorePlan plan = planner.planOnce(timeline, target);
      carryOut(timeline, plan, work);
      return plan;
    } catch (ObjectGoneException e) {
      LOG.info("{}. Listing the replica again.", e.getMessage());
      RestorePlanner.Planned again = planner.planAgain(timeline, target, e);
      try {
        carryOut(again.timeline(), again.plan(), work);
        return again.plan();
      } catch (ObjectGoneException stillGone) {
        throw RestorePlanner.gone(again.timeline(), again.plan().target().txid(), stillGone);
      }
    }
  }

  private static void carryOut(Timeline timeline, RestorePlan plan, Work work)
      throws ObjectGoneException {
    try {
      work.carryOut(plan);
    } catch (ObjectFailure e) {
      if (e.damage() instanceof UnsupportedFormatException) {
        throw e.damage();
      }
      throw Damage.withAdvice(timeline, e.key(), plan.target().txid(), e.damage());
    } catch (ObjectGoneException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
