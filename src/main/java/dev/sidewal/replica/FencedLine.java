package dev.sidewal.replica;

import dev.sidewal.segment.ObjectKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which generation owns which transactions.
 *
 * <p>Invariant: the ranges {@code (begin, end]} of the generations are disjoint and ascend with the
 * generations' numbers.
 */
final class FencedLine {

  /**
   * The transactions of one generation: those above {@code begin}, up to {@code end}.
   *
   * @param chainStart the oldest state from which chains lead into the generation
   */
  private record Span(long begin, long end, long chainStart) {}

  private final Map<Long, Span> spans = new HashMap<>();
  private final long takenOver;
  private final long unknownBelow;

  FencedLine(List<GenerationListing> generations) {
    Map<Long, Long> ends = new HashMap<>();
    Set<Long> claimed =
        generations.stream().map(GenerationListing::generation).collect(Collectors.toSet());
    long end = Long.MAX_VALUE;
    long unknown = 0;
    for (int i = generations.size() - 1; i >= 0; i--) {
      GenerationManifest manifest = generations.get(i).manifest();
      long generation = manifest.generation();
      ends.put(generation, generation < unknown ? 0 : end);
      end = Math.min(end, begin(manifest));
      long parent = manifest.takesOver().map(Position::generation).orElse(0L);
      if (parent > 0 && !claimed.contains(parent)) {
        unknown = Math.max(unknown, parent);
      }
    }
    unknownBelow = unknown;
    takenOver =
        end == Long.MAX_VALUE ? 0 : begin(generations.get(generations.size() - 1).manifest());
    for (GenerationListing listing : generations) {
      GenerationManifest manifest = listing.manifest();
      long begin = begin(manifest);
      long chainStart = begin + 1;
      if (manifest.continues()) {
        Optional<Span> parent = manifest.takesOver().map(Position::generation).map(spans::get);
        chainStart = parent.map(Span::chainStart).orElse(begin);
      }
      spans.put(
          manifest.generation(), new Span(begin, ends.get(manifest.generation()), chainStart));
    }
  }

  private static long begin(GenerationManifest manifest) {
    return manifest.takesOver().map(Position::txid).orElse(0L);
  }

  /** Returns the position that the newest generation took over; 0 if it took none. */
  long takenOver() {
    return takenOver;
  }

  /**
   * Returns whether nothing says which transactions of a generation are valid, because the claim of
   * a newer one's parent is gone.
   */
  boolean isUnknown(GenerationManifest manifest) {
    return manifest.generation() < unknownBelow;
  }

  /** Returns whether a newer generation fenced every transaction in an object. */
  boolean isFenced(GenerationManifest manifest, StoredObject object) {
    HistoryObject name = object.name();
    long first = name.kind().isImage() ? name.lastTxid() : name.firstTxid();
    return !isUnknown(manifest) && first > spans.get(manifest.generation()).end();
  }

  /** Returns the transaction up to which a mark counts: no further than its generation; or 0. */
  long valid(GenerationManifest manifest, RetiredMark mark) {
    return Math.min(mark.txid(), spans.get(manifest.generation()).end());
  }

  /** Returns what of an object is valid; empty if nothing is. */
  Optional<TimelineObject> valid(GenerationManifest manifest, StoredObject object) {
    Span span = spans.get(manifest.generation());
    HistoryObject name = object.name();
    return switch (name.kind()) {
      case SNAPSHOT -> image(manifest, object, span, 0);
      case DELTA -> {
        long base = name.firstTxid() - 1;
        yield base < span.chainStart() ? Optional.empty() : image(manifest, object, span, base);
      }
      case SEGMENT, PACK -> {
        long first = Math.max(name.firstTxid(), span.begin() + 1);
        long last = Math.min(name.lastTxid(), span.end());
        long base = Math.max(first - 1, span.chainStart());
        yield last < first
            ? Optional.empty()
            : Optional.of(new TimelineObject(object, base, first, last));
      }
    };
  }

  /** A generation that continues may also write the image of the very state that it took over. */
  private static Optional<TimelineObject> image(
      GenerationManifest manifest, StoredObject object, Span span, long base) {
    long txid = object.name().lastTxid();
    long least = manifest.continues() ? span.begin() : span.begin() + 1;
    return txid < least || txid > span.end()
        ? Optional.empty()
        : Optional.of(new TimelineObject(object, base, txid, txid));
  }

  /** Returns the states of all generations. */
  List<GenerationState> states(List<GenerationListing> generations) {
    List<GenerationState> states = new ArrayList<>();
    for (int i = 0; i < generations.size(); i++) {
      boolean newest = i == generations.size() - 1;
      states.add(
          state(
              generations.get(i),
              newest ? GenerationState.State.ACTIVE : GenerationState.State.SUPERSEDED));
    }
    return List.copyOf(states);
  }

  private GenerationState state(GenerationListing listing, GenerationState.State state) {
    GenerationManifest manifest = listing.manifest();
    long end = spans.get(manifest.generation()).end();
    List<TxidRange> recorded = new ArrayList<>();
    List<TxidRange> fenced = new ArrayList<>();
    for (StoredObject object : listing.objects()) {
      HistoryObject name = object.name();
      long first = name.kind() == ObjectKind.DELTA ? name.lastTxid() : name.firstTxid();
      recorded.add(new TxidRange(first, name.lastTxid()));
      if (name.lastTxid() > end) {
        fenced.add(new TxidRange(Math.max(first, end + 1), name.lastTxid()));
      }
    }
    recorded = TxidRanges.union(recorded);
    OptionalLong first = OptionalLong.empty();
    OptionalLong last = OptionalLong.empty();
    OptionalLong lastValid = OptionalLong.empty();
    for (TxidRange range : recorded) {
      first = first.isPresent() ? first : OptionalLong.of(range.first());
      last = OptionalLong.of(range.last());
      if (range.first() <= end) {
        lastValid = OptionalLong.of(Math.min(end, range.last()));
      }
    }
    return new GenerationState(
        manifest.generation(),
        manifest.takesOver().map(p -> OptionalLong.of(p.generation())).orElse(OptionalLong.empty()),
        manifest.continues(),
        manifest.created(),
        first,
        last,
        lastValid,
        TxidRanges.union(fenced),
        state);
  }
}
