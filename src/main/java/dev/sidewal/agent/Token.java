package dev.sidewal.agent;

import com.sun.net.httpserver.HttpExchange;
import dev.sidewal.error.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/**
 * The secret that requests to an agent must show, as {@code Authorization: Bearer <token>}. Its
 * text never stands in a message, nor in what {@link #toString} returns.
 */
public final class Token {

  /** The variable of the environment that may hold it. */
  public static final String VARIABLE = "SIDEWAL_TOKEN";

  private static final int LEAST = 16;
  private static final int MOST_FILE_BYTES = 4096;
  private static final String SCHEME = "Bearer ";
  private static final Pattern TEXT = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

  private final String text;

  private Token(String text) {
    this.text = text;
  }

  /**
   * Takes a token; white space around it does not belong to it.
   *
   * @param origin where it comes from, for messages
   * @throws UsageException if it is too short, or holds what cannot stand in a header
   */
  public static Token of(String text, String origin) {
    String trimmed = text.strip();
    if (trimmed.length() < LEAST || !TEXT.matcher(trimmed).matches()) {
      throw new UsageException(
          "The token in "
              + origin
              + " cannot be used: it must be one line of at least "
              + LEAST
              + " letters, digits or any of . _ ~ + / - such as 'openssl rand -hex 32' makes.");
    }
    return new Token(trimmed);
  }

  /**
   * Reads a token from a file.
   *
   * @throws UsageException if it cannot be read or used
   */
  public static Token read(Path file) {
    try {
      if (Files.size(file) > MOST_FILE_BYTES) {
        throw new UsageException(file + " is too long to be a token file.");
      }
      return of(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new UsageException("The token file " + file + " cannot be read: " + e, e);
    }
  }

  /** Returns the value of the header that shows it. */
  public String header() {
    return SCHEME + text;
  }

  /** Returns whether a request shows it; takes as long whatever is shown instead. */
  boolean isShownBy(HttpExchange exchange) {
    String shown = exchange.getRequestHeaders().getFirst("Authorization");
    return shown != null && MessageDigest.isEqual(digest(shown), digest(header()));
  }

  private static byte[] digest(String value) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return "(a token)";
  }
}
