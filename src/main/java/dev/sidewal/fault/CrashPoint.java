package dev.sidewal.fault;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The places before and after each step of the agent, and of a restore, that can be seen from
 * outside it or that a restart builds on. A test names one of them, and how often it is to be
 * passed before, in the system property {@value #PROPERTY}, such as {@code put-after:3}; the
 * process then ends there as after {@code kill -9}. Without the property a place costs one
 * comparison.
 *
 * <p>Safe for use by several threads.
 */
public enum CrashPoint {
  /** The log is held; nothing was asked from the store yet. */
  ATTACHED,
  /** A generation is about to be claimed. */
  CLAIM_BEFORE,
  /** The store has the claim, and nobody here knows yet. */
  CLAIM_AFTER,
  /** A part of an image is on local disk. */
  SNAPSHOT_STEP,
  /** The store has all parts of an image, which is about to be completed there. */
  IMAGE_COMPLETE,
  /** The store has an image, and the state does not say so yet. */
  IMAGE_SHIPPED,
  /** An object on local disk is complete, but not under its final name. */
  SEAL_BEFORE,
  /** An object has its final name, and the state does not say so yet. */
  STATE_BEFORE,
  /** The state was written. */
  STATE_AFTER,
  /** An object is about to be sent to the store. */
  PUT_BEFORE,
  /** The store has an object, and nobody here knows yet. */
  PUT_AFTER,
  /** An object that the store has is about to be removed from local disk. */
  SHIPPED,
  /** A pack is complete on local disk and about to be sent to the store. */
  PACK_BEFORE,
  /** The store has a pack, and nobody here has looked whether it is whole. */
  PACK_PUT,
  /** A pack was verified in the store; the segments in it are still there. */
  PACK_VERIFIED,
  /** Two read transactions are held; the older one is about to end. */
  TURN_BEFORE,
  /** The older read transaction has ended. */
  TURN_AFTER,
  /** The write lock was taken for a pause. */
  PAUSE_LOCKED,
  /** Within a pause, the held read transaction was moved to the end of the log. */
  PAUSE_TURNED,
  /** A frame was copied. */
  COPYING,
  /** What an earlier run left on local disk is about to be shipped. */
  LEFTOVERS,
  /** All was shipped at the end; the connections are about to be closed. */
  CLOSING,
  /** A restored file is complete under its temporary name; the old one was not touched. */
  RESTORE_VERIFIED,
  /** The old file is whole without a log, and locked; the restored one is about to be renamed. */
  RESTORE_PREPARED,
  /** The restored file has its name, and that may not be durable yet. */
  RESTORE_RENAMED;

  /** The system property that names a point and a count, {@code <name>:<times passed before>}. */
  public static final String PROPERTY = "sidewal.crash-at";

  /** The exit status of a process that ended at a crash point: that of one killed by SIGKILL. */
  public static final int STATUS = 137;

  private static final String ARMED = System.getProperty(PROPERTY, "");
  private static final AtomicLong LEFT =
      new AtomicLong(
          ARMED.contains(":") ? Long.parseLong(ARMED.substring(ARMED.indexOf(':') + 1)) : 0);

  private final boolean armed = name().equals(armedName());

  private static String armedName() {
    String armed = System.getProperty(PROPERTY, "");
    int colon = armed.indexOf(':');
    return (colon < 0 ? armed : armed.substring(0, colon))
        .replace('-', '_')
        .toUpperCase(Locale.ROOT);
  }

  /** Ends the process here if a test asked for it. */
  public void reached() {
    if (armed && LEFT.getAndDecrement() == 0) {
      Runtime.getRuntime().halt(STATUS);
    }
  }
}
