package dev.sidewal.store;

import java.time.Duration;

/**
 * Hears what a {@link MeteredStore} is asked for. Called by whichever thread asks; must return soon
 * and throw nothing.
 */
@FunctionalInterface
public interface StoreListener {

  /** What a store is asked for. One of them may be more than one request of the protocol. */
  enum Operation {
    /** The whole of a list, however many pages it has. */
    LIST,
    /** What the store knows of one object. */
    HEAD,
    /** An object, or a part of it. */
    GET,
    /** An object of known length. */
    PUT,
    /** One part of an object that is written while its length is not known yet. */
    UPLOAD_PART,
    /** The end of such an object. */
    UPLOAD_COMPLETE,
    /** The removal of one object. */
    DELETE,
    /** The tags of one object. */
    TAG,
    /** A question about what the store can do. */
    PROBE;

    /** Returns whether it is part of writing an object. */
    public boolean isUpload() {
      return this == PUT || this == UPLOAD_PART || this == UPLOAD_COMPLETE;
    }
  }

  /** How that ended. */
  enum Outcome {
    /** As it should. */
    OK,
    /** An object of that key was there already, and was left alone. */
    EXISTS,
    /** There is no object of that key. */
    ABSENT,
    /** The store does not allow it. */
    DENIED,
    /** The store was not reached, or failed, after all attempts. */
    FAILED;

    /** Returns whether the store did not do what it was asked for. */
    public boolean isError() {
      return this == DENIED || this == FAILED;
    }
  }

  /**
   * Something was asked for and answered.
   *
   * @param duration how long that took, with all attempts; of a {@link Operation#GET} until its
   *     first byte could be read
   * @param bytesOut bytes of content that were sent
   * @param bytesIn bytes of content that were read
   */
  void request(
      Operation operation, Outcome outcome, Duration duration, long bytesOut, long bytesIn);
}
