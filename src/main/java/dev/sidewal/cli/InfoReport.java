package dev.sidewal.cli;

import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.GenerationState;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.Moment;
import dev.sidewal.replica.ReplicaListing;
import dev.sidewal.replica.StoredObject;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.segment.ObjectKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The facts of {@code sidewal info}, as fields for JSON and as lines for people. */
final class InfoReport {

  private final Timeline timeline;
  private final ReplicaListing listing;
  private final List<Long> steps;
  private final Instant now;
  private final List<Grain> grains;

  /**
   * Creates a report.
   *
   * @param steps the transactions that stand for more than one commit
   */
  InfoReport(Timeline timeline, List<Long> steps, Instant now) {
    this.timeline = timeline;
    this.steps = steps;
    this.listing = timeline.listing();
    this.now = now;
    this.grains = Grain.of(timeline);
  }

  /** Returns the fields of the JSON document. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("replica", listing.location());
    fields.put("replicaId", newest().map(g -> g.manifest().replicaId().toString()));
    fields.put("pageSize", newest().map(g -> g.manifest().pageSize()));
    fields.put("earliest", timeline.earliest().map(InfoReport::moment));
    fields.put("latest", latest());
    fields.put("latestRecorded", boxed(timeline.latest()));
    fields.put("restorable", ranges(timeline.restorable()));
    fields.put("grains", grains.stream().map(InfoReport::grain).toList());
    fields.put("gaps", gaps());
    List<Object> generations = new ArrayList<>();
    for (GenerationState state : timeline.generations()) {
      generations.add(generation(state));
    }
    fields.put("generations", generations);
    Set<String> valid = valid();
    List<Object> snapshots = new ArrayList<>();
    for (GenerationListing generation : listing.generations()) {
      for (StoredObject snapshot : generation.snapshots()) {
        snapshots.add(snapshot(snapshot, valid.contains(snapshot.key())));
      }
    }
    fields.put("snapshots", snapshots);
    for (ObjectKind kind : ObjectKind.values()) {
      if (kind != ObjectKind.SNAPSHOT) {
        fields.put(plural(kind), total(of(kind)));
      }
    }
    fields.put("objects", listing.objects());
    fields.put("bytes", listing.bytes());
    fields.put("unknownKeys", listing.unknownKeys());
    return fields;
  }

  private Map<String, Object> generation(GenerationState state) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("generation", state.generation());
    fields.put("parent", boxed(state.parent()));
    fields.put("continues", state.continues());
    fields.put("created", state.created());
    fields.put("first", boxed(state.first()));
    fields.put("last", boxed(state.last()));
    fields.put("lastValid", boxed(state.lastValid()));
    fields.put("fenced", ranges(state.fenced()));
    fields.put("state", state.state().name().toLowerCase(Locale.ROOT));
    Map<String, Object> total =
        total(listing.generation(state.generation()).stream().flatMap(g -> g.objects().stream()));
    fields.putAll(total);
    return fields;
  }

  private static Map<String, Object> snapshot(StoredObject snapshot, boolean valid) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("generation", snapshot.name().generation());
    fields.put("txid", snapshot.name().lastTxid());
    fields.put("time", snapshot.name().lastTime());
    fields.put("bytes", snapshot.bytes());
    fields.put("valid", valid);
    fields.put("key", snapshot.key());
    return fields;
  }

  private Optional<Map<String, Object>> latest() {
    OptionalLong txid = timeline.latestRestorable();
    if (txid.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("txid", txid.getAsLong());
    fields.put("time", timeline.nameTime(txid.getAsLong()).map(Moment::time));
    return Optional.of(fields);
  }

  private static Map<String, Object> moment(Moment moment) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("txid", moment.txid());
    fields.put("time", moment.time());
    return fields;
  }

  private static Map<String, Object> grain(Grain grain) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("grain", grain.everyTransaction() ? "transaction" : "image");
    fields.put("from", end(grain.from(), grain.fromTime()));
    fields.put("to", end(grain.to(), grain.toTime()));
    fields.put("moments", grain.moments());
    return fields;
  }

  private static Map<String, Object> end(long txid, Optional<Instant> time) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("txid", txid);
    fields.put("time", time);
    return fields;
  }

  /** Ranges that no object holds, and transactions that stand for more than one commit. */
  private List<Object> gaps() {
    List<Object> gaps = new ArrayList<>();
    timeline.holes().forEach(hole -> gaps.add(gap(hole.first(), hole.last(), "missing")));
    steps.forEach(txid -> gaps.add(gap(txid, txid, "unrecorded")));
    return gaps;
  }

  private static Map<String, Object> gap(long first, long last, String kind) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("first", first);
    fields.put("last", last);
    fields.put("kind", kind);
    return fields;
  }

  private static List<Object> ranges(List<TxidRange> ranges) {
    List<Object> list = new ArrayList<>();
    for (TxidRange range : ranges) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("first", range.first());
      fields.put("last", range.last());
      list.add(fields);
    }
    return list;
  }

  private static Map<String, Object> total(Stream<StoredObject> objects) {
    long[] sums = new long[2];
    objects.forEach(
        object -> {
          sums[0]++;
          sums[1] += object.bytes();
        });
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("objects", sums[0]);
    fields.put("bytes", sums[1]);
    return fields;
  }

  /** Hands over the lines for people. */
  void lines(Consumer<String> out) {
    field(out, "replica", listing.location());
    newest().ifPresent(g -> field(out, "page size", g.manifest().pageSize() + " bytes"));
    field(out, "earliest", timeline.earliest().map(this::text).orElse("none can be restored"));
    field(out, "latest", latestText());
    grains.forEach(grain -> field(out, grain.everyTransaction() ? "every" : "images", text(grain)));
    timeline
        .latest()
        .ifPresent(
            recorded -> {
              if (recorded > timeline.latestRestorable().orElse(0)) {
                field(
                    out,
                    "DAMAGED",
                    "transactions up to "
                        + recorded
                        + " were recorded, but "
                        + timeline.latestRestorable().orElse(0)
                        + " is the last that can be restored");
              }
            });
    field(out, "gaps", join(timeline.holes(), steps.isEmpty() ? "none" : "none is missing"));
    if (!steps.isEmpty()) {
      field(
          out,
          "unrecorded",
          "what was committed just before "
              + join(steps.stream().map(t -> new TxidRange(t, t)).toList(), "none")
              + " is part of it");
    }
    if (timeline.restorable().size() > 1) {
      field(out, "restorable", join(timeline.restorable(), "nothing"));
    }
    field(out, "objects", objectsText());
    if (!listing.unknownKeys().isEmpty()) {
      field(out, "unknown", String.join(", ", listing.unknownKeys()));
    }
    out.accept("");
    out.accept(
        String.format(
            Locale.ROOT,
            "%-12s%-10s%-26s%-22s%-22s%-12s%10s",
            "generation",
            "parent",
            "claimed",
            "first",
            "last",
            "state",
            "size"));
    for (GenerationState state : timeline.generations()) {
      out.accept(row(state));
      if (!state.fenced().isEmpty()) {
        out.accept(
            "  fenced by a newer generation, never restored: " + join(state.fenced(), "none"));
      }
    }
    out.accept("");
    out.accept(
        String.format(
            Locale.ROOT, "%-22s%-26s%-12s%10s", "snapshot", "time", "generation", "size"));
    Set<String> valid = valid();
    of(ObjectKind.SNAPSHOT)
        .forEach(
            snapshot ->
                out.accept(
                    String.format(
                        Locale.ROOT,
                        "%-22d%-26s%-12s%10s%s",
                        snapshot.name().lastTxid(),
                        Texts.time(snapshot.name().lastTime()),
                        Generations.name(snapshot.name().generation()),
                        Texts.bytes(snapshot.bytes()),
                        valid.contains(snapshot.key()) ? "" : "  fenced")));
  }

  private String row(GenerationState state) {
    return String.format(
        Locale.ROOT,
        "%-12s%-10s%-26s%-22s%-22s%-12s%10s",
        Generations.name(state.generation()),
        state.parent().isPresent() ? Generations.name(state.parent().getAsLong()) : "-",
        Texts.time(state.created()),
        number(state.first()),
        number(state.last()),
        state.state().name().toLowerCase(Locale.ROOT),
        Texts.bytes(
            listing.generation(state.generation()).stream()
                .flatMap(g -> g.objects().stream())
                .mapToLong(StoredObject::bytes)
                .sum()));
  }

  private String latestText() {
    OptionalLong txid = timeline.latestRestorable();
    if (txid.isEmpty()) {
      return "none can be restored";
    }
    return timeline
        .nameTime(txid.getAsLong())
        .map(this::text)
        .orElse("transaction " + txid.getAsLong());
  }

  private String text(Moment moment) {
    return "transaction "
        + moment.txid()
        + ", "
        + Texts.time(moment.time())
        + " ("
        + Texts.age(moment.time(), now)
        + ")";
  }

  private static String text(Grain grain) {
    String range =
        "from "
            + grain.fromTime().map(Texts::time).orElse("transaction " + grain.from())
            + " to "
            + grain.toTime().map(Texts::time).orElse("transaction " + grain.to());
    return grain.everyTransaction()
        ? "transaction " + range + " (" + grain.moments() + ")"
        : Texts.count(grain.moments(), "moment") + " " + range;
  }

  private String objectsText() {
    List<String> parts = new ArrayList<>();
    for (ObjectKind kind : ObjectKind.values()) {
      long count = of(kind).count();
      if (count > 0) {
        parts.add(
            Texts.count(count, kind.name().toLowerCase(Locale.ROOT))
                + " ("
                + Texts.bytes(of(kind).mapToLong(StoredObject::bytes).sum())
                + ")");
      }
    }
    return listing.objects()
        + ", "
        + Texts.bytes(listing.bytes())
        + (parts.isEmpty() ? "" : ": " + String.join(", ", parts));
  }

  private static String join(List<TxidRange> ranges, String none) {
    return ranges.isEmpty()
        ? none
        : ranges.stream().map(TxidRange::toString).collect(Collectors.joining("; "));
  }

  private static String number(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : "-";
  }

  private Set<String> valid() {
    Set<String> keys = new HashSet<>();
    for (TimelineObject object : timeline.objects()) {
      keys.add(object.key());
    }
    return keys;
  }

  private Stream<StoredObject> of(ObjectKind kind) {
    return listing.generations().stream()
        .flatMap(g -> g.objects().stream())
        .filter(object -> object.name().kind() == kind);
  }

  private Optional<GenerationListing> newest() {
    List<GenerationListing> generations = listing.generations();
    return generations.isEmpty()
        ? Optional.empty()
        : Optional.of(generations.get(generations.size() - 1));
  }

  private static String plural(ObjectKind kind) {
    return kind.name().toLowerCase(Locale.ROOT) + "s";
  }

  private static Optional<Long> boxed(OptionalLong number) {
    return number.isPresent() ? Optional.of(number.getAsLong()) : Optional.empty();
  }

  private static void field(Consumer<String> out, String name, String value) {
    out.accept(String.format(Locale.ROOT, "%-12s %s", name, value));
  }
}
