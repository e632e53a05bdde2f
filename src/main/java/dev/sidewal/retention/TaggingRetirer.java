package dev.sidewal.retention;

import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.TagOutcome;

/** Puts the tag that the lifecycle rule of the bucket acts on. */
final class TaggingRetirer implements Retirer {

  private static final String NAME = "sidewal";
  private static final String VALUE = "retired";

  private final ObjectStore store;

  TaggingRetirer(ObjectStore store) {
    this.store = store;
  }

  @Override
  public boolean retire(String key) {
    return store.tag(key, NAME, VALUE) != TagOutcome.UNSUPPORTED;
  }
}
