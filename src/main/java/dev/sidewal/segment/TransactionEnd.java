package dev.sidewal.segment;

import java.util.Objects;

/**
 * Where a transaction ends within an index chunk.
 *
 * @param transaction the transaction; it may have begun in an earlier chunk
 * @param endFrame the ordinal within the chunk of the first frame after it, from 0
 */
public record TransactionEnd(Transaction transaction, int endFrame) {
  /** Checks for absent values. */
  public TransactionEnd {
    Objects.requireNonNull(transaction, "transaction");
  }
}
