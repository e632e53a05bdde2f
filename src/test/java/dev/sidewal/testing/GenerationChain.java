package dev.sidewal.testing;

import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.Transaction;
import dev.sidewal.testing.DecodedObject.Content;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The objects of one generation, laid one after the other from what the generation begins with, be
 * they fenced later or not: each transaction's checksum must be that of the pages. Not thread-safe.
 */
final class GenerationChain {

  private final GenerationManifest manifest;
  private final Consumer<String> violation;

  /** The transactions after which a newer generation goes on. */
  private final Set<Long> wanted;

  private final Map<Long, PageState> states = new HashMap<>();
  private final NavigableMap<Long, Transaction> transactions = new TreeMap<>();

  /** Known transactions with the pages that each wrote, while objects are laid. */
  private final Map<Long, Content> laid = new HashMap<>();

  private Optional<PageState> state;
  private Optional<Base> begin = Optional.empty();
  private long position;
  private Instant time = Instant.MIN;

  /** A state that objects build on. */
  private record Base(long checksum, long pages) {}

  /**
   * Begins a chain.
   *
   * @param begin the state that the generation builds on; empty if it begins with a snapshot
   * @param wanted the transactions whose states are kept
   * @param violation gets what is wrong
   */
  GenerationChain(
      GenerationManifest manifest,
      Optional<PageState> begin,
      Set<Long> wanted,
      Consumer<String> violation) {
    this.manifest = manifest;
    this.state = begin;
    this.wanted = wanted;
    this.violation = violation;
    this.position = manifest.firstTxid() - 1;
    this.begin = begin.map(b -> new Base(b.checksum(), b.pages()));
    keep();
  }

  /** Returns its transactions, fenced ones included. */
  NavigableMap<Long, Transaction> transactions() {
    return transactions;
  }

  /** Returns the state after a transaction that was wanted. */
  Optional<PageState> state(long txid) {
    return Optional.ofNullable(states.get(txid));
  }

  /** Lays the objects. */
  void lay(List<DecodedObject> objects) {
    if (state.isEmpty() && !objects.isEmpty()) {
      beginWithSnapshot(objects);
    }
    objects.stream()
        .filter(o -> !o.name().kind().isImage())
        .sorted(
            Comparator.comparingLong((DecodedObject o) -> o.name().firstTxid())
                .thenComparingLong(o -> -o.name().lastTxid()))
        .forEach(this::segment);
    laid.clear();
    objects.stream().filter(o -> o.name().kind() == ObjectKind.SNAPSHOT).forEach(this::image);
    objects.stream()
        .filter(o -> o.name().kind() == ObjectKind.DELTA)
        .forEach(o -> violation.accept(o.name() + ": this check does not know deltas yet"));
  }

  private void beginWithSnapshot(List<DecodedObject> objects) {
    Optional<DecodedObject> first =
        objects.stream()
            .filter(o -> o.name().kind() == ObjectKind.SNAPSHOT)
            .filter(o -> o.name().lastTxid() == manifest.firstTxid())
            .findFirst();
    if (first.isEmpty()) {
      violation.accept(
          "generation "
              + manifest.generation()
              + " continues nothing, and has no snapshot of its first transaction, "
              + manifest.firstTxid());
      return;
    }
    Content content = first.get().contents().get(0);
    state = Optional.of(new PageState(manifest.pageSize()));
    take(first.get(), content);
  }

  /**
   * Lays a segment or a pack. Packs and segments may overlap; what both have must be the same, to
   * the page.
   */
  private void segment(DecodedObject object) {
    long first = object.name().firstTxid();
    if (first > position + 1) {
      violation.accept(
          object.name() + " does not follow transaction " + position + " of its generation");
    }
    if (state.isEmpty()) {
      return;
    }
    Optional<Base> before =
        Optional.ofNullable(transactions.get(first - 1))
            .map(t -> new Base(t.checksum(), t.databasePages()))
            .or(() -> first == manifest.firstTxid() ? begin : Optional.empty());
    Base builtOn =
        new Base(object.summary().header().baseChecksum(), object.summary().header().basePages());
    if (!before.equals(Optional.of(builtOn))) {
      violation.accept(
          "%s builds on %s, but transaction %d left %s"
              .formatted(object.name(), builtOn, first - 1, before));
    }
    for (Content content : object.contents()) {
      if (content.transaction().txid() > position) {
        take(object, content);
        laid.put(position, content);
      } else if (!content.equals(laid.get(content.transaction().txid()))) {
        violation.accept(
            "%s has %s, elsewhere it is %s, or has other pages"
                .formatted(
                    object.name(),
                    content.transaction(),
                    transactions.get(content.transaction().txid())));
      }
    }
  }

  private void take(DecodedObject object, Content content) {
    Transaction t = content.transaction();
    PageState s = state.orElseThrow();
    s.apply(content.written(), t.databasePages());
    if (s.checksum() != t.checksum()) {
      violation.accept(
          "%s: the pages after transaction %d have the checksum %016x, recorded is %016x"
              .formatted(object.name(), t.txid(), s.checksum(), t.checksum()));
    }
    if (t.time().isBefore(time)) {
      violation.accept(
          object.name() + ": transaction " + t.txid() + " is at " + t.time() + ", before " + time);
    }
    time = t.time();
    transactions.put(t.txid(), t);
    position = t.txid();
    keep();
  }

  private void keep() {
    if (wanted.contains(position)) {
      state.ifPresent(s -> states.put(position, s.copy()));
    }
  }

  /** Checks an image by itself, and that the segments say the same. */
  private void image(DecodedObject object) {
    Content content = object.contents().get(0);
    Transaction t = content.transaction();
    PageState alone = new PageState(manifest.pageSize());
    alone.apply(content.written(), t.databasePages());
    if (alone.checksum() != t.checksum()) {
      violation.accept(
          "%s: its pages have the checksum %016x, recorded is %016x"
              .formatted(object.name(), alone.checksum(), t.checksum()));
    }
    boolean begin = manifest.continues() && t.txid() == manifest.firstTxid() - 1;
    if (!begin) {
      same(object, t);
    }
  }

  private void same(DecodedObject object, Transaction t) {
    Transaction known = transactions.get(t.txid());
    if (known == null) {
      violation.accept(object.name() + " has transaction " + t.txid() + ", which is nowhere else");
    } else if (known.checksum() != t.checksum()
        || known.databasePages() != t.databasePages()
        || !known.time().equals(t.time())) {
      violation.accept(object.name() + " has " + t + ", elsewhere it is " + known);
    }
  }
}
