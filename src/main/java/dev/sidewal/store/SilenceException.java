package dev.sidewal.store;

import java.time.Duration;
import java.util.Locale;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Not a byte went through a connection for as long as that is waited for. The SDK sends requests
 * again that fail by an {@link java.io.IOException} or because of one, and each time would wait as
 * long; so this is none, and has none as its cause. Thrown as the cause of the SDK's own exception,
 * which the SDK replaces by copies. Never leaves the package.
 */
final class SilenceException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private SilenceException(String what) {
    super(what);
  }

  /** Makes what is to be thrown after a silence. */
  static SdkClientException of(Duration silence, Throwable how) {
    SilenceException cause =
        new SilenceException(
            String.format(
                Locale.ROOT, "not a byte went through for %.1f s", silence.toMillis() / 1000.0));
    cause.addSuppressed(how);
    return SdkClientException.create(cause.getMessage(), cause);
  }
}
