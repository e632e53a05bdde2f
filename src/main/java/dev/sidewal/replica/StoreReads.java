package dev.sidewal.replica;

import dev.sidewal.error.StoreException;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;

/** What failed reads are called. */
final class StoreReads {

  private StoreReads() {}

  /** Makes the report of a stream that broke in the middle and could not be resumed. */
  static StoreException broken(String key, ObjectStore store, IOException cause) {
    return new StoreException(
        "Reading "
            + key
            + " from "
            + store.location()
            + " broke off again and again ("
            + cause.getMessage()
            + "). Nothing is wrong with the history as far as this shows; check the network and"
            + " the store, and try again.",
        true,
        cause);
  }

  /** Makes the report of requests that failed until the budget was spent. */
  static StoreException failing(String key, ObjectStore store, StoreException cause) {
    return new StoreException(
        cause.getMessage()
            + " It was tried again and again while reading "
            + key
            + " from "
            + store.location()
            + "; nothing is wrong with the history as far as this shows. Try again when the store"
            + " answers.",
        true,
        cause);
  }
}
