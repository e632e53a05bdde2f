package dev.sidewal.agent;

import java.util.Locale;

/** Why a session began with a snapshot, or with a gap. */
public enum BeginReason {
  /** Snapshot: the first start, or the state directory was removed. */
  NO_STATE,
  /** Snapshot: what an earlier run left is damaged or cannot be read. */
  STATE_UNUSABLE,
  /** Snapshot: the path leads to another file than before. */
  OTHER_FILE,
  /** Snapshot: the database has another page size than before. */
  PAGE_SIZE,
  /** Snapshot: the replica's history ends elsewhere. */
  HISTORY_ENDS_ELSEWHERE,
  /** Gap: the log does not hold all that was committed while nobody followed. */
  LOG_INCOMPLETE;

  /** Returns the word that metrics and status documents have for it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
