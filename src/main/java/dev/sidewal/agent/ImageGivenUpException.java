package dev.sidewal.agent;

/** The first snapshot of a generation cannot be finished; another generation begins. */
final class ImageGivenUpException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ImageGivenUpException(String message) {
    super(message);
  }
}
