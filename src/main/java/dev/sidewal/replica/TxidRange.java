package dev.sidewal.replica;

/**
 * A range of transactions.
 *
 * @param first the first txid in it, 1 or more
 * @param last the last txid in it, not below {@code first}
 */
public record TxidRange(long first, long last) {
  /** Checks the ranges. */
  public TxidRange {
    if (first < 1 || last < first) {
      throw new IllegalArgumentException("txids " + first + " to " + last);
    }
  }

  /** Returns whether a transaction lies in it. */
  public boolean contains(long txid) {
    return txid >= first && txid <= last;
  }

  @Override
  public String toString() {
    return first == last ? "transaction " + first : "transactions " + first + " to " + last;
  }
}
