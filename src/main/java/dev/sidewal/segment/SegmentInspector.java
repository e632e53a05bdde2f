package dev.sidewal.segment;

import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Says what one object holds, as lines for people and as maps for JSON, from what the reader that
 * restores use has read. Works on objects of any size: transactions and page numbers are handed
 * over one by one.
 *
 * <p>In the maps, txids and counts are {@link Long}, checksums 16 hex digits, times RFC 3339 UTC
 * with milliseconds, byte counts {@link Long}.
 */
public final class SegmentInspector {

  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

  private final SegmentReader reader;

  /** Creates an inspector of an open object. */
  public SegmentInspector(SegmentReader reader) {
    this.reader = reader;
  }

  /** Gets the transactions of an object. */
  @FunctionalInterface
  public interface TransactionSink {
    /** Gets one transaction and the means to list its page numbers, valid during the call. */
    void transaction(Transaction transaction, PageRuns pages) throws IOException;
  }

  /** Returns the header, the totals and the sizes, in the order in which they should be shown. */
  public Map<String, Object> summary() {
    SegmentSummary summary = reader.summary();
    SegmentHeader header = summary.header();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("object", reader.name());
    map.put("kind", header.kind().name().toLowerCase(Locale.ROOT));
    map.put("formatVersion", (long) reader.version());
    map.put("replicaId", header.replicaId().toString());
    map.put("generation", header.generation());
    map.put("pageSize", (long) header.pageSize());
    map.put("firstTxid", header.firstTxid());
    map.put("lastTxid", summary.lastTxid());
    map.put("firstTime", time(summary.firstTime()));
    map.put("lastTime", time(summary.lastTime()));
    map.put("transactions", summary.transactions());
    map.put("frames", summary.frames());
    map.put("basePages", header.basePages());
    map.put("baseChecksum", hex(header.baseChecksum()));
    map.put("databasePages", summary.databasePages());
    map.put("checksum", hex(summary.checksum()));
    map.put("bytes", summary.length());
    map.put("rawBytes", summary.rawBytes());
    map.put("compressionRatio", ratio(summary));
    map.put("indexChunks", (long) reader.indexChunks());
    map.put("digest", hex(summary.digest()));
    return map;
  }

  /** Returns one transaction as the map for JSON. */
  public static Map<String, Object> transaction(Transaction transaction) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("txid", transaction.txid());
    map.put("time", time(transaction.time()));
    map.put("pages", transaction.pages());
    map.put("frames", transaction.frames());
    map.put("databasePages", transaction.databasePages());
    map.put("checksum", hex(transaction.checksum()));
    map.put("gap", transaction.gap());
    return map;
  }

  /** Hands over every transaction with its page numbers, first to last. */
  public void forEachTransaction(TransactionSink sink) throws IOException {
    try (FrameCursor cursor = new FrameCursor(reader)) {
      long[] end = {0};
      reader.forEachTransaction(
          transaction -> {
            cursor.skipTo(end[0]);
            end[0] += transaction.frames();
            sink.transaction(transaction, runs -> cursor.runs(transaction.frames(), runs));
          });
    }
  }

  /**
   * Hands over readable lines, without line ends: the summary, then a line for each transaction.
   *
   * @param pages whether the page numbers follow each transaction, a run of them a line
   */
  public void lines(boolean pages, Consumer<String> out) throws IOException {
    summary()
        .forEach((key, value) -> out.accept(String.format(Locale.ROOT, "%-17s %s", key, value)));
    out.accept("");
    out.accept(
        String.format(
            Locale.ROOT,
            "%-20s %-24s %10s %10s %10s  %s",
            "txid",
            "time",
            "pages",
            "frames",
            "db pages",
            "checksum"));
    forEachTransaction(
        (transaction, runs) -> {
          out.accept(line(transaction));
          if (pages) {
            runs.forEach(
                (first, last) ->
                    out.accept(
                        first == last ? "  page " + first : "  pages " + first + "-" + last));
          }
        });
  }

  private static String line(Transaction transaction) {
    return String.format(
        Locale.ROOT,
        "%-20d %-24s %10d %10d %10d  %s%s",
        transaction.txid(),
        time(transaction.time()),
        transaction.pages(),
        transaction.frames(),
        transaction.databasePages(),
        hex(transaction.checksum()),
        transaction.gap() ? "  gap" : "");
  }

  private static double ratio(SegmentSummary summary) {
    return Math.round(summary.rawBytes() * 100.0 / summary.length()) / 100.0;
  }

  private static String time(Instant time) {
    return TIME.format(time);
  }

  private static String hex(long value) {
    return String.format(Locale.ROOT, "%016x", value);
  }
}
