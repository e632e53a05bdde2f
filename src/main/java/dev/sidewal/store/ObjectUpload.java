package dev.sidewal.store;

/**
 * An object being written in order, of a length that is not known yet. Nothing is visible under the
 * key before {@link #complete()} returned {@link PutOutcome#CREATED}. Memory is bounded by a few
 * upload parts whatever the length. Not safe for use by several threads at once.
 */
public interface ObjectUpload extends AutoCloseable {

  /**
   * Appends bytes. May block while a part is on its way. If it fails because of the store, and at
   * most 8 MiB were to be appended, nothing was, and it may be called again.
   *
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   */
  void write(byte[] source, int offset, int length);

  /**
   * Publishes the object atomically, unless one with that key is there. If it fails because of the
   * store it may be called again.
   *
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   */
  PutOutcome complete();

  /** Returns how many parts were sent so far; 0 where an object does not go in parts. */
  default long sentParts() {
    return 0;
  }

  /** Gives the upload up if it was not completed, and leaves no partial object behind. */
  @Override
  void close();
}
