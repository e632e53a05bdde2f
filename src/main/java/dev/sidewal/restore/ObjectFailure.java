package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;

/** Damage, and the object that it was met in; never leaves the package. */
final class ObjectFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String key;
  private final HistoryDamagedException damage;

  ObjectFailure(String key, HistoryDamagedException damage) {
    super(damage);
    this.key = key;
    this.damage = damage;
  }

  String key() {
    return key;
  }

  HistoryDamagedException damage() {
    return damage;
  }
}
