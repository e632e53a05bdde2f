package dev.sidewal.replica;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a mark of retention, {@code generations/<n>/retired/<txid>-<millis>.mark}: the
 * transactions up to txid are kept as images only.
 *
 * <p>Invariant: a mark lies in the store before the first of the segments and packs up to its txid
 * may vanish. A LIST shows no tags, and lifecycle rules delete one by one in any order: without the
 * mark, a stretch of log that is half gone would look like damage, or would be offered while it
 * goes. The name says everything; the content is for people.
 *
 * @param generation the newest generation when it was written, 1 or more
 * @param txid the transaction whose image is kept, 1 or more; the oldest one from which on every
 *     transaction is kept
 * @param time when that transaction was seen (UTC, milliseconds)
 */
public record RetiredMark(long generation, long txid, Instant time) {

  private static final Pattern KEY =
      Pattern.compile("generations/([0-9a-f]{8})/retired/([0-9a-f]{16})-([0-9]{13})\\.mark");

  /** Checks the ranges; the time is cut to milliseconds. */
  public RetiredMark {
    Generations.check(generation);
    Objects.requireNonNull(time, "time");
    time = Instant.ofEpochMilli(time.toEpochMilli());
    if (txid < 1) {
      throw new IllegalArgumentException("txid " + txid);
    }
  }

  /** Reads a key; empty if it is not the key of a mark. */
  public static Optional<RetiredMark> parse(String key) {
    Matcher m = KEY.matcher(key);
    if (!m.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new RetiredMark(
              Long.parseLong(m.group(1), 16),
              Long.parseUnsignedLong(m.group(2), 16),
              Instant.ofEpochMilli(Long.parseLong(m.group(3)))));
    } catch (IllegalArgumentException nonsense) {
      return Optional.empty();
    }
  }

  /** Returns the key below the replica. */
  public String key() {
    return String.format(
        Locale.ROOT,
        "%sretired/%016x-%013d.mark",
        Generations.directory(generation),
        txid,
        time.toEpochMilli());
  }

  /**
   * Returns the content in UTF-8.
   *
   * @param window how long every transaction was kept when the mark was written
   * @param writer the program and its version
   * @param written when it was written
   */
  public byte[] toBytes(UUID replicaId, Duration window, String writer, Instant written) {
    return JsonText.of(
        json -> {
          json.writeNumberField("format", 1);
          json.writeStringField("replica", replicaId.toString());
          json.writeNumberField("retiredUpTo", txid);
          json.writeStringField("time", time.toString());
          json.writeStringField("window", window.toString());
          json.writeStringField("writer", writer);
          json.writeStringField("written", written.toString());
        });
  }

  @Override
  public String toString() {
    return key();
  }
}
