package dev.sidewal.agent;

/**
 * The life of a replication; the one place that says what it is doing.
 *
 * <pre>
 * WAITING --&gt; ATTACHING --&gt; SNAPSHOTTING --&gt; FOLLOWING &lt;--&gt; HOLDING
 *    ^            ^              |                |             |
 *    |            +--------------+-- continuity lost -----------+
 *    +--- database gone ---------+----------------+-------------+
 *
 * any of them --&gt; STOPPING --&gt; STOPPED
 * any of them --&gt; SUPERSEDED | FAILED
 * </pre>
 */
public enum ReplicationState {
  /** The database does not exist, or something went wrong and is tried again after a rest. */
  WAITING,
  /** Claiming a generation and attaching to the log. */
  ATTACHING,
  /** Finding out what the session begins with: nothing, a gap, or a snapshot; and taking it. */
  SNAPSHOTTING,
  /** Copying what is committed, and shipping it. */
  FOLLOWING,
  /** The spool or the local disk is full: nothing is copied, and the log is held meanwhile. */
  HOLDING,
  /** Told to stop: copying and shipping the rest. */
  STOPPING,
  /** Ended as told. */
  STOPPED,
  /** Ended, because another agent has claimed a newer generation. */
  SUPERSEDED,
  /** Ended by a failure. */
  FAILED;

  /** Returns whether the database is followed, and it is decided where its history goes on. */
  public boolean isFollowing() {
    return this == FOLLOWING || this == HOLDING || this == SNAPSHOTTING;
  }

  /** Returns whether nothing follows. */
  public boolean ended() {
    return this == STOPPED || this == SUPERSEDED || this == FAILED;
  }
}
