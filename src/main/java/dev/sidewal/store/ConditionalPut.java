package dev.sidewal.store;

/** What a store does with {@code If-None-Match: *} on a write. */
public enum ConditionalPut {
  /** It refuses to overwrite: two writers can never both believe that they were first. */
  ENFORCED,
  /** It refuses the header; the client asks with HEAD before it writes, which leaves a race. */
  UNSUPPORTED,
  /** It takes the header and overwrites all the same; treated like {@link #UNSUPPORTED}. */
  IGNORED
}
