package dev.sidewal.retention;

import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.TagOutcome;

/** Puts the tag that the lifecycle rule of the bucket acts on. */
final class TaggingRetirer implements Retirer {

  private final ObjectStore store;

  TaggingRetirer(ObjectStore store) {
    this.store = store;
  }

  @Override
  public boolean retire(String key) {
    return store.tag(key, RetiredTag.NAME, RetiredTag.RETIRED) != TagOutcome.UNSUPPORTED;
  }
}
