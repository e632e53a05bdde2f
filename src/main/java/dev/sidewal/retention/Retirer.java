package dev.sidewal.retention;

/** How an object that is not needed any more is made to go. */
interface Retirer {

  /**
   * Retires one object; one that is not there is no error.
   *
   * @return whether the store could; if not, nothing was changed
   * @throws dev.sidewal.error.StoreDeniedException if the store does not allow it
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   */
  boolean retire(String key);
}
