package dev.sidewal.replica;

import dev.sidewal.segment.ObjectKind;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one history object. A name alone says what the object can be used for, so that a LIST
 * is enough to plan a restore:
 *
 * <pre>
 * generations/&lt;n&gt;/snapshots/&lt;txid&gt;-&lt;millis&gt;.snapshot
 * generations/&lt;n&gt;/deltas/&lt;base txid&gt;-&lt;txid&gt;-&lt;millis&gt;.delta
 * generations/&lt;n&gt;/segments/&lt;first&gt;-&lt;last&gt;-&lt;first millis&gt;-&lt;last millis&gt;.segment
 * generations/&lt;n&gt;/packs/&lt;first&gt;-&lt;last&gt;-&lt;first millis&gt;-&lt;last millis&gt;.pack
 * </pre>
 *
 * <p>n has 8 and a txid 16 lower-case hexadecimal digits, millis (since 1970, UTC) 13 decimal ones:
 * the order of the names is the order of the history.
 *
 * @param kind what kind of object it is
 * @param generation the generation that wrote it, 1 or more
 * @param firstTxid the first transaction in it; of a snapshot its only one; of a delta the one
 *     after its base
 * @param lastTxid the last transaction in it
 * @param firstTime when the first transaction was seen; of a snapshot and a delta the same as
 *     {@code lastTime}
 * @param lastTime when the last transaction was seen
 */
public record HistoryObject(
    ObjectKind kind,
    long generation,
    long firstTxid,
    long lastTxid,
    Instant firstTime,
    Instant lastTime) {

  /** The latest time that a name of 13 digits can hold. */
  private static final long MAX_MILLIS = 9_999_999_999_999L;

  private static final Pattern KEY =
      Pattern.compile(
          "generations/([0-9a-f]{8})/(?:"
              + "snapshots/([0-9a-f]{16})-([0-9]{13})\\.snapshot"
              + "|deltas/([0-9a-f]{16})-([0-9a-f]{16})-([0-9]{13})\\.delta"
              + "|(segments|packs)/([0-9a-f]{16})-([0-9a-f]{16})-([0-9]{13})-([0-9]{13})"
              + "\\.(segment|pack))");

  /** Checks the ranges; times are cut to milliseconds. */
  public HistoryObject {
    Objects.requireNonNull(kind, "kind");
    firstTime = Instant.ofEpochMilli(firstTime.toEpochMilli());
    lastTime = Instant.ofEpochMilli(lastTime.toEpochMilli());
    Generations.check(generation);
    if (firstTxid < 1 || lastTxid < firstTxid) {
      throw new IllegalArgumentException("txids " + firstTxid + " to " + lastTxid);
    }
    if (lastTime.isBefore(firstTime)
        || firstTime.toEpochMilli() < 0
        || lastTime.toEpochMilli() > MAX_MILLIS) {
      throw new IllegalArgumentException("times " + firstTime + " to " + lastTime);
    }
    if (kind == ObjectKind.SNAPSHOT && firstTxid != lastTxid) {
      throw new IllegalArgumentException("a snapshot has one txid");
    }
    if ((kind == ObjectKind.SNAPSHOT || kind == ObjectKind.DELTA) && !firstTime.equals(lastTime)) {
      throw new IllegalArgumentException("a " + kind + " has one time");
    }
  }

  /** Names a snapshot. */
  public static HistoryObject snapshot(long generation, long txid, Instant time) {
    return new HistoryObject(ObjectKind.SNAPSHOT, generation, txid, txid, time, time);
  }

  /** Names a delta on the image as of {@code baseTxid}. */
  public static HistoryObject delta(long generation, long baseTxid, long txid, Instant time) {
    return new HistoryObject(ObjectKind.DELTA, generation, baseTxid + 1, txid, time, time);
  }

  /** Names a segment. */
  public static HistoryObject segment(
      long generation, long firstTxid, long lastTxid, Instant firstTime, Instant lastTime) {
    return new HistoryObject(
        ObjectKind.SEGMENT, generation, firstTxid, lastTxid, firstTime, lastTime);
  }

  /** Names a pack. */
  public static HistoryObject pack(
      long generation, long firstTxid, long lastTxid, Instant firstTime, Instant lastTime) {
    return new HistoryObject(ObjectKind.PACK, generation, firstTxid, lastTxid, firstTime, lastTime);
  }

  /** Reads a key; empty if it is not the key of a history object in this layout. */
  public static Optional<HistoryObject> parse(String key) {
    Matcher m = KEY.matcher(key);
    if (!m.matches()) {
      return Optional.empty();
    }
    try {
      long generation = Long.parseLong(m.group(1), 16);
      if (m.group(2) != null) {
        return Optional.of(snapshot(generation, txid(m.group(2)), time(m.group(3))));
      }
      if (m.group(4) != null) {
        return Optional.of(delta(generation, txid(m.group(4)), txid(m.group(5)), time(m.group(6))));
      }
      ObjectKind kind =
          m.group(7).equals("packs") && m.group(12).equals("pack")
              ? ObjectKind.PACK
              : ObjectKind.SEGMENT;
      HistoryObject name =
          new HistoryObject(
              kind,
              generation,
              txid(m.group(8)),
              txid(m.group(9)),
              time(m.group(10)),
              time(m.group(11)));
      return name.key().equals(key) ? Optional.of(name) : Optional.empty();
    } catch (IllegalArgumentException nonsense) {
      // Digits in the right places that name an impossible object: not one of ours.
      return Optional.empty();
    }
  }

  /** Returns the key below the replica. */
  public String key() {
    String dir = Generations.directory(generation);
    return switch (kind) {
      case SNAPSHOT -> dir + "snapshots/" + hex(lastTxid) + "-" + millis(lastTime) + ".snapshot";
      case DELTA ->
          dir
              + "deltas/"
              + hex(firstTxid - 1)
              + "-"
              + hex(lastTxid)
              + "-"
              + millis(lastTime)
              + ".delta";
      case SEGMENT -> dir + "segments/" + range() + ".segment";
      case PACK -> dir + "packs/" + range() + ".pack";
    };
  }

  private String range() {
    return hex(firstTxid) + "-" + hex(lastTxid) + "-" + millis(firstTime) + "-" + millis(lastTime);
  }

  private static String hex(long txid) {
    return String.format(Locale.ROOT, "%016x", txid);
  }

  private static String millis(Instant time) {
    return String.format(Locale.ROOT, "%013d", time.toEpochMilli());
  }

  private static long txid(String digits) {
    return Long.parseUnsignedLong(digits, 16);
  }

  private static Instant time(String digits) {
    return Instant.ofEpochMilli(Long.parseLong(digits));
  }

  @Override
  public String toString() {
    return key();
  }
}
