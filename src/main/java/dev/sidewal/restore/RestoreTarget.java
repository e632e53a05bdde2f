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
   * @param exact whether it must be that very one: not an earlier image, where retention keeps only
   *     images
   */
  record At(Instant time, boolean exact) implements RestoreTarget {
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
    return new At(time, false);
  }

  /**
   * Returns the target that is the last transaction at or before {@code time}, refused where only
   * images are kept.
   */
  static RestoreTarget exactlyAt(Instant time) {
    return new At(time, true);
  }

  /** Returns the target that is one transaction. */
  static RestoreTarget txid(long txid) {
    return new Txid(txid);
  }
}
