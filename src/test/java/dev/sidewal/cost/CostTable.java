package dev.sidewal.cost;

import static dev.sidewal.testing.S3Operation.COMPLETE_UPLOAD;
import static dev.sidewal.testing.S3Operation.CREATE_UPLOAD;
import static dev.sidewal.testing.S3Operation.DELETE;
import static dev.sidewal.testing.S3Operation.GET;
import static dev.sidewal.testing.S3Operation.GET_TAGS;
import static dev.sidewal.testing.S3Operation.HEAD;
import static dev.sidewal.testing.S3Operation.LIST;
import static dev.sidewal.testing.S3Operation.OTHER;
import static dev.sidewal.testing.S3Operation.PUT;
import static dev.sidewal.testing.S3Operation.PUT_TAGS;
import static dev.sidewal.testing.S3Operation.UPLOAD_PART;

import dev.sidewal.cost.RequestCounter.Requests;
import java.util.List;
import java.util.Locale;

/**
 * The tables of docs/costs.md, computed from what was counted. Prices are those of S3 Standard in
 * us-east-1.
 *
 * <p>What a run of an hour cannot show is added: that a replica in its steady state is listed in
 * more pages, and that what comes in a month is retired in a month, one request each.
 */
final class CostTable {

  private static final double WRITE = 0.005 / 1000;
  private static final double READ = 0.0004 / 1000;
  private static final double GIGABYTE_MONTH = 0.023;
  private static final double HOURS = 730;
  private static final double DAYS = HOURS / 24;
  private static final double WINDOW_DAYS = 7;
  private static final double HOURLY_DAYS = 30;
  private static final double DAILY_DAYS = 365;
  private static final double PAGE = 1000;

  private CostTable() {}

  /** Returns the tables as Markdown. */
  static String of(List<HourCosts> rows) {
    StringBuilder text = new StringBuilder();
    text.append("Requests an hour, as counted:\n\n");
    text.append(
        "| transactions a second | interval | PUT segment | PUT pack | deltas: PUT and parts | HEAD"
            + " | GET | LIST | DELETE | all |\n| --: | --: | --: | --: | --: | --: | --: | --: | --:"
            + " | --: |\n");
    rows.forEach(row -> requests(text, row));
    text.append("\nObjects, after packing:\n\n");
    text.append(
        "| transactions a second | interval | packs an hour | segments left | bytes of both | deltas an hour made |"
            + " kept | objects a day | a month | LIST pages of a month | kept with the defaults |"
            + " pages |\n| --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n");
    rows.forEach(row -> objects(text, row));
    text.append("\nDollars a month:\n\n");
    text.append(
        "| transactions a second | interval | PUT segment | other writes and LIST | tags | HEAD and"
            + " GET | requests together | stored | storage | total | more if deletes are denied |\n"
            + "| --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |\n");
    rows.forEach(row -> dollars(text, row));
    return text.toString();
  }

  private static void requests(StringBuilder text, HourCosts row) {
    Requests h = row.hour();
    cells(
        text,
        row.rate() == 0 ? "none" : grouped(row.rate()),
        row.interval() + " s",
        count(row, h.of(PUT, "segment")),
        count(row, h.of(PUT, "pack")),
        count(
            row,
            h.of(PUT, "delta") + h.of(CREATE_UPLOAD) + h.of(UPLOAD_PART) + h.of(COMPLETE_UPLOAD)),
        count(row, h.of(HEAD)),
        count(row, h.of(GET)),
        count(row, h.of(LIST)),
        count(row, h.of(DELETE)),
        count(row, h.total()));
  }

  private static void objects(StringBuilder text, HourCosts row) {
    cells(
        text,
        row.rate() == 0 ? "none" : grouped(row.rate()),
        row.interval() + " s",
        count(row, row.packs()),
        count(row, row.segmentsLeft()),
        size(row.hourly(row.logBytes())),
        count(row, row.deltas()),
        row.deltas() > 0 ? "1" : "0",
        grouped(Math.round(objectsADay(row))),
        grouped(Math.round(objectsADay(row) * DAYS)),
        grouped(pages(objectsADay(row) * DAYS)),
        grouped(Math.round(objectsKept(row))),
        grouped(pages(objectsKept(row))));
  }

  /** Packs, one delta an hour, a snapshot. */
  private static double objectsADay(HourCosts row) {
    return row.rate() == 0
        ? 0
        : 24 * (row.hourly(row.packs() + row.segmentsLeft()) + (row.deltas() > 0 ? 1 : 0)) + 1;
  }

  private static double objectsKept(HourCosts row) {
    if (row.rate() == 0) {
      return 2;
    }
    return 24 * WINDOW_DAYS * row.hourly(row.packs() + row.segmentsLeft())
        + (row.deltas() > 0 ? 24 * HOURLY_DAYS : 0)
        + DAILY_DAYS;
  }

  private static long pages(double objects) {
    return (long) Math.max(1, Math.ceil(objects / PAGE));
  }

  private static double bytesKept(HourCosts row) {
    if (row.rate() == 0) {
      return row.snapshotBytes();
    }
    return 24 * WINDOW_DAYS * row.hourly(row.logBytes())
        + 24 * HOURLY_DAYS * row.deltaBytes()
        + DAILY_DAYS * row.snapshotBytes();
  }

  private static void dollars(StringBuilder text, HourCosts row) {
    Requests h = row.hour();
    Requests d = row.day();
    // The snapshot after an idle day is of the one transaction before; there is no other.
    double days = row.rate() == 0 ? 0 : DAYS;
    double segments = row.hourly(h.of(PUT, "segment")) * HOURS;
    double writes =
        row.hourly(h.of(PUT, CREATE_UPLOAD, UPLOAD_PART, COMPLETE_UPLOAD) - h.of(PUT, "segment"))
                * HOURS
            + d.of(PUT, CREATE_UPLOAD, UPLOAD_PART, COMPLETE_UPLOAD) * days;
    // One pass an hour, if there are deltas.
    double lists = row.rate() == 0 ? 0 : HOURS * pages(objectsKept(row));
    // Everything but segments that a pack covers goes by a tag, once.
    double tags =
        row.rate() == 0
            ? 0
            : (row.hourly(row.packs() + row.segmentsLeft() + row.deltas()) + 1.0 / 24) * HOURS;
    double reads =
        row.hourly(h.of(HEAD, GET, GET_TAGS, OTHER)) * HOURS
            + d.of(HEAD, GET, GET_TAGS, OTHER) * days;
    double requests = WRITE * (segments + writes + lists + tags) + READ * reads;
    double storage = GIGABYTE_MONTH * bytesKept(row) / 1e9;
    cells(
        text,
        row.rate() == 0 ? "none" : grouped(row.rate()),
        row.interval() + " s",
        money(WRITE * segments),
        money(WRITE * (writes + lists)),
        money(WRITE * tags),
        money(READ * reads),
        money(requests),
        size(bytesKept(row)),
        money(storage),
        "**" + money(requests + storage) + "**",
        money(WRITE * row.hourly(h.of(DELETE, "segment") + h.of(PUT_TAGS)) * HOURS));
  }

  private static void cells(StringBuilder text, String... cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String count(HourCosts row, long count) {
    return grouped(Math.round(row.hourly(count)));
  }

  private static String grouped(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  private static String money(double dollars) {
    return String.format(Locale.ROOT, "%.2f", dollars);
  }

  private static String size(double bytes) {
    return bytes >= 1e9
        ? String.format(Locale.ROOT, "%.1f GB", bytes / 1e9)
        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }
}
