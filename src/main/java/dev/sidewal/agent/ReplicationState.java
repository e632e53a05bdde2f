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
  /** The database does not exist yet. */
  WAITING,
  /** Claiming a generation and attaching to the log. */
  ATTACHING,
  /** Taking the snapshot that the generation begins with. */
  SNAPSHOTTING,
  /** Copying what is committed, and shipping it. */
  FOLLOWING,
  /** The spool is full: nothing is copied, and the log is held until the store takes more. */
  HOLDING,
  /** Told to stop: copying and shipping the rest. */
  STOPPING,
  /** Ended as told. */
  STOPPED,
  /** Ended, because another agent has claimed a newer generation. */
  SUPERSEDED,
  /** Ended by a failure. */
  FAILED;

  /** Returns whether nothing follows. */
  public boolean ended() {
    return this == STOPPED || this == SUPERSEDED || this == FAILED;
  }
}
