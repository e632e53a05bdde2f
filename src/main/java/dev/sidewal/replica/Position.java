package dev.sidewal.replica;

import java.util.Locale;

/**
 * One moment of one replica's history.
 *
 * @param generation the generation that recorded it, 1 or more
 * @param txid the last transaction that it includes, 1 or more
 * @param checksum the database checksum after that transaction
 */
public record Position(long generation, long txid, long checksum) {
  /** Checks the ranges. */
  public Position {
    Generations.check(generation);
    if (txid < 1) {
      throw new IllegalArgumentException("txid " + txid);
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "%s/%d (checksum %016x)", Generations.name(generation), txid, checksum);
  }
}
