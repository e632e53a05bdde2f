package dev.sidewal.restore;

import java.time.Instant;
import java.util.Objects;

/** Which state is to be restored. */
public sealed interface RestoreTarget {

  /** The newest transaction that was recorded. */
  record Latest() implements RestoreTarget {
    @Override
    public String toString() {
      return "the latest transaction";
    }
  }

  /**
   * The last transaction at or before a time.
   *
   * @param time the time
   */
  record At(Instant time) implements RestoreTarget {
    /** Checks for an absent value. */
    public At {
      Objects.requireNonNull(time, "time");
    }

    @Override
    public String toString() {
      return "the last transaction at or before " + time;
    }
  }

  /**
   * One transaction.
   *
   * @param txid its number
   */
  record Txid(long txid) implements RestoreTarget {
    @Override
    public String toString() {
      return "transaction " + txid;
    }
  }

  /** Returns the target that is the newest recorded transaction. */
  static RestoreTarget latest() {
    return new Latest();
  }

  /** Returns the target that is the last transaction at or before {@code time}. */
  static RestoreTarget at(Instant time) {
    return new At(time);
  }

  /** Returns the target that is one transaction. */
  static RestoreTarget txid(long txid) {
    return new Txid(txid);
  }
}
