package dev.sidewal.retention;

import dev.sidewal.store.ObjectStore;

/** Deletes. */
final class DeletingRetirer implements Retirer {

  private final ObjectStore store;

  DeletingRetirer(ObjectStore store) {
    this.store = store;
  }

  @Override
  public boolean retire(String key) {
    store.delete(key);
    return true;
  }
}
