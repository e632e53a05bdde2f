package dev.sidewal.store;

/** What a store does with object tags. */
public enum TagSupport {
  /** A tag that was put was read back. */
  SUPPORTED,
  /** The store refuses tags as something that it does not know, or takes and forgets them. */
  UNSUPPORTED,
  /** The store knows tags, and the credentials may not write or not read them. */
  DENIED
}
