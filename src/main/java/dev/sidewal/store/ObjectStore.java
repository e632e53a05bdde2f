package dev.sidewal.store;

import dev.sidewal.error.StoreException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A flat map from keys to immutable objects, below one prefix. Keys are relative, use {@code /},
 * and hold only the characters {@code [0-9A-Za-z._/-]}.
 *
 * <p>Every method throws {@link StoreException} when the store is unreachable or refuses, with a
 * message that names the store, the object and what to do; never for an object that is not there.
 * Implementations are safe for use by several threads, and retry passing faults a bounded number of
 * times for a bounded time by themselves.
 */
public interface ObjectStore extends AutoCloseable {

  /** Returns the place as a URL for messages; without secrets. */
  String location();

  /**
   * Hands every object whose key starts with {@code prefix} to {@code visitor}, in ascending order
   * of the keys' bytes. A place where nothing was ever written lists as empty.
   */
  void list(String prefix, Consumer<ObjectInfo> visitor);

  /** Returns what the store knows of one object, empty if it is not there. */
  Optional<ObjectInfo> head(String key);

  /**
   * Opens a range of one object. The stream ends after {@code length} bytes, or at the end of the
   * object when that comes first; a connection that breaks before is an {@code IOException} of the
   * stream, never a short read that looks like an end. The caller closes it, also half-read.
   *
   * @param offset first byte, 0 or more
   * @param length number of bytes, 1 or more; {@link Long#MAX_VALUE} for all the rest
   * @return empty if the object is not there
   */
  Optional<InputStream> get(String key, long offset, long length);

  /**
   * Writes an object durably and atomically if no object with that key is there. What was written
   * can be read and is listed by every later call from anywhere.
   */
  PutOutcome putIfAbsent(String key, Payload payload);

  /** Begins an object whose length is not known yet; conditional as {@link #putIfAbsent}. */
  ObjectUpload newUpload(String key);

  /** Deletes an object; one that is not there is no error. */
  void delete(String key);

  /**
   * Finds out what the store does with conditional writes, by writing an object again that is
   * there, with the very same content: harmless whatever the answer. The store remembers the answer
   * and uses it in later writes.
   */
  ConditionalPut probeConditionalPut(String existingKey, Payload sameContent);

  /**
   * Replaces all tags of an object by this one; its content stays as it is.
   *
   * @throws dev.sidewal.error.StoreDeniedException if the store does not allow it
   */
  TagOutcome tag(String key, String name, String value);

  /**
   * Finds out what the store does with object tags, by putting the harmless tag {@code
   * sidewal=live} on an object that is there and reading it back. An answer of {@link
   * TagSupport#UNSUPPORTED} is remembered and used in later calls of {@link #tag}.
   */
  TagSupport probeTags(String existingKey);

  /**
   * Returns what the store has said, since it was opened, about a lifecycle rule that is going to
   * delete an object which Sidewal wrote or looked at: a message for the operator. Retired objects
   * are neither written nor looked at, so whatever is said is about history that is still needed.
   * The newest one is kept until the store is closed: that other objects are not meant proves
   * nothing about this one.
   */
  Optional<String> expiryAlarm();

  /** Releases connections. */
  @Override
  void close();
}
