package dev.sidewal.agent;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When the next verification is due, and what the last one came to; kept in a file over restarts.
 *
 * @param due when the next one is due
 * @param earlier whether it restores an earlier moment
 * @param last the last one; empty before the first
 */
record VerificationState(Instant due, boolean earlier, Optional<VerificationStatus> last) {

  private static final Logger LOG = LoggerFactory.getLogger(VerificationState.class);

  /** Reads a file; empty if it is not there, or not whole. */
  static Optional<VerificationState> read(Path file) {
    try {
      Properties p = new Properties();
      p.load(new StringReader(Files.readString(file)));
      Optional<VerificationStatus> last =
          p.containsKey("time")
              ? Optional.of(
                  new VerificationStatus(
                      Instant.parse(p.getProperty("time")),
                      VerificationStatus.Outcome.valueOf(p.getProperty("outcome")),
                      Long.parseLong(p.getProperty("txid")),
                      Duration.ofMillis(Long.parseLong(p.getProperty("millis"))),
                      p.getProperty("message")))
              : Optional.empty();
      return Optional.of(
          new VerificationState(
              Instant.parse(p.getProperty("due")),
              Boolean.parseBoolean(p.getProperty("earlier")),
              last));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      LOG.debug("{} cannot be read: {}", file, e.toString());
      return Optional.empty();
    }
  }

  /** Writes it, atomically. */
  void write(Path file) {
    Properties p = new Properties();
    p.setProperty("due", due.toString());
    p.setProperty("earlier", Boolean.toString(earlier));
    last.ifPresent(
        v -> {
          p.setProperty("time", v.time().toString());
          p.setProperty("outcome", v.outcome().name());
          p.setProperty("txid", Long.toString(v.txid()));
          p.setProperty("millis", Long.toString(v.duration().toMillis()));
          p.setProperty("message", v.message());
        });
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try {
      StringWriter text = new StringWriter();
      p.store(text, null);
      Files.writeString(next, text.toString());
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn(
          "when the replica was last verified could not be written down ({}); after a restart it may"
              + " be verified again",
          e.toString());
    }
  }
}
