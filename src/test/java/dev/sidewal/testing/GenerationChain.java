package dev.sidewal.testing;

import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.Transaction;
import dev.sidewal.testing.DecodedObject.Content;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The objects of one generation, laid one after the other from what the generation begins with, be
 * they fenced later or not: each transaction's checksum must be that of the pages. Images are built
 * by themselves, a delta on the snapshot that it names, and must be the same state to the page.
 *
 * <p>Where a mark of retention lies within the generation, or is where it begins, segments count
 * from the mark on, and are laid on the image of that state. Not thread-safe.
 */
final class GenerationChain {

  private final GenerationManifest manifest;
  private final Optional<GenerationChain> parent;
  private final Retired retired;
  private final Consumer<String> violation;

  /** The transactions after which a newer generation goes on, and those of images. */
  private final Set<Long> wanted;

  /** What images alone say: those of snapshots are what deltas build on. */
  private final NavigableMap<Long, PageState> snapshots = new TreeMap<>();

  private final Map<Long, PageState> images = new HashMap<>();
  private final Map<Long, Transaction> imaged = new HashMap<>();

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
   * What retention left of a generation's log.
   *
   * @param mark the transaction up to which only images are kept; 0 if all are
   * @param end the last transaction of the generation that no newer one fenced
   * @param pruned whether fenced transactions may be gone
   */
  record Retired(long mark, long end, boolean pruned) {}

  /**
   * Begins a chain.
   *
   * @param parent the generation that this one continues; empty if it begins with a snapshot
   * @param wanted the transactions whose states are kept
   * @param violation gets what is wrong
   */
  GenerationChain(
      GenerationManifest manifest,
      Optional<GenerationChain> parent,
      Retired retired,
      Set<Long> wanted,
      Consumer<String> violation) {
    this.manifest = manifest;
    this.parent = parent;
    this.retired = retired;
    this.wanted = new HashSet<>(wanted);
    this.violation = violation;
    this.position = manifest.firstTxid() - 1;
    this.state = parent.flatMap(p -> p.state(position)).map(PageState::copy);
    this.begin = state.map(b -> new Base(b.checksum(), b.pages()));
    keep();
  }

  /** Returns its transactions, fenced ones included, as segments and packs have them. */
  NavigableMap<Long, Transaction> transactions() {
    return transactions;
  }

  /** Returns a transaction of its line, be it recorded in an image only. */
  Optional<Transaction> known(long txid) {
    return Optional.ofNullable(transactions.get(txid))
        .or(() -> before(txid).flatMap(p -> p.known(txid)))
        .or(() -> Optional.ofNullable(imaged.get(txid)));
  }

  /** Returns the chain that has a transaction if it is older than this generation. */
  private Optional<GenerationChain> before(long txid) {
    return parent.filter(p -> txid < manifest.firstTxid());
  }

  /** Returns the state after a transaction that was wanted. */
  Optional<PageState> state(long txid) {
    return Optional.ofNullable(states.get(txid));
  }

  /** Lays the objects. */
  void lay(List<DecodedObject> objects) {
    objects.stream().filter(o -> o.name().kind() == ObjectKind.SNAPSHOT).forEach(this::build);
    objects.stream().filter(o -> o.name().kind() == ObjectKind.DELTA).forEach(this::build);
    List<DecodedObject> log = objects.stream().filter(o -> !o.name().kind().isImage()).toList();
    if (isMarked()) {
      log = behindMark(log);
    } else if (state.isEmpty() && !objects.isEmpty()) {
      beginWithSnapshot(objects);
    }
    log.stream()
        .sorted(
            Comparator.comparingLong((DecodedObject o) -> o.name().firstTxid())
                .thenComparingLong(o -> -o.name().lastTxid()))
        .forEach(this::segment);
    laid.clear();
    objects.stream().filter(o -> o.name().kind().isImage()).forEach(this::compare);
  }

  /** Begins at the mark; returns what of the log counts. */
  private List<DecodedObject> behindMark(List<DecodedObject> log) {
    state = Optional.empty();
    if (retired.end() < retired.mark()) {
      return List.of();
    }
    List<DecodedObject> left =
        log.stream().filter(o -> o.name().lastTxid() > retired.mark()).toList();
    state = image(retired.mark()).map(PageState::copy);
    begin = state.map(s -> new Base(s.checksum(), s.pages()));
    position = retired.mark();
    keep();
    if (state.isEmpty() && !left.isEmpty() && retired.end() > retired.mark()) {
      violation.accept(
          "generation %d has log after the mark at %d, and there is no image to lay it on"
              .formatted(manifest.generation(), position));
    }
    return left;
  }

  /** Returns what an image on the line of this generation says. */
  private Optional<PageState> image(long txid) {
    return Optional.ofNullable(images.get(txid)).or(() -> before(txid).flatMap(p -> p.image(txid)));
  }

  /** Returns what a snapshot on the line of this generation says. */
  private Optional<PageState> snapshot(long txid) {
    return Optional.ofNullable(snapshots.get(txid))
        .or(() -> before(txid).flatMap(p -> p.snapshot(txid)));
  }

  /** Builds the state of an image by itself, or on the snapshot that it names. */
  private void build(DecodedObject object) {
    Content content = object.contents().get(0);
    Transaction t = content.transaction();
    PageState built = new PageState(manifest.pageSize());
    if (object.name().kind() == ObjectKind.DELTA) {
      long base = object.name().firstTxid() - 1;
      Optional<PageState> on = snapshot(base);
      if (on.isEmpty()) {
        boolean fenced = object.name().lastTxid() > retired.end();
        if (base >= retired.mark() && !(fenced && retired.pruned())) {
          violation.accept(
              object.name() + " builds on transaction " + base + ", of which there is no snapshot");
        }
        return;
      }
      built = on.get().copy();
      checkBase(object, content, on.get());
    }
    built.apply(content.written(), t.databasePages());
    if (built.checksum() != t.checksum()) {
      violation.accept(
          "%s: its pages make up the checksum %016x, recorded is %016x"
              .formatted(object.name(), built.checksum(), t.checksum()));
    }
    wanted.add(t.txid());
    keep();
    images.put(t.txid(), built);
    imaged.put(t.txid(), t);
    if (object.name().kind() == ObjectKind.SNAPSHOT) {
      snapshots.put(t.txid(), built);
    }
  }

  private void checkBase(DecodedObject object, Content content, PageState base) {
    Base builtOn =
        new Base(object.summary().header().baseChecksum(), object.summary().header().basePages());
    if (!builtOn.equals(new Base(base.checksum(), base.pages()))) {
      violation.accept(object.name() + " builds on " + builtOn + ", its snapshot is another state");
    }
    List<Long> needless =
        content.written().entrySet().stream()
            .filter(e -> base.has(e.getKey(), e.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    if (!needless.isEmpty()) {
      violation.accept(object.name() + " has pages that its snapshot has as well: " + needless);
    }
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
      if (retired.pruned() && position >= retired.end()) {
        return;
      }
      violation.accept(
          object.name() + " does not follow transaction " + position + " of its generation");
    }
    if (state.isEmpty()) {
      return;
    }
    Optional<Base> before =
        Optional.ofNullable(transactions.get(first - 1))
            .map(t -> new Base(t.checksum(), t.databasePages()))
            .or(() -> first == beginning() ? begin : Optional.empty());
    Base builtOn =
        new Base(object.summary().header().baseChecksum(), object.summary().header().basePages());
    boolean spansMark = isMarked() && first <= retired.mark();
    if (!spansMark && !before.equals(Optional.of(builtOn))) {
      violation.accept(
          "%s builds on %s, but transaction %d left %s"
              .formatted(object.name(), builtOn, first - 1, before));
    }
    for (Content content : object.contents()) {
      if (content.transaction().txid() <= retired.mark() && isMarked()) {
        continue;
      }
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

  /** Returns whether the log begins at a mark. */
  private boolean isMarked() {
    long least = manifest.firstTxid() - (manifest.continues() ? 1 : 0);
    return retired.mark() > 0 && retired.mark() >= least;
  }

  /** Returns the first transaction whose log counts. */
  private long beginning() {
    return isMarked() ? retired.mark() + 1 : manifest.firstTxid();
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

  /** Checks that segments and packs say the same as an image, to the page. */
  private void compare(DecodedObject object) {
    Transaction t = object.contents().get(0).transaction();
    if (t.txid() < manifest.firstTxid() - (manifest.continues() ? 1 : 0)) {
      violation.accept(object.name() + " is older than its generation");
      return;
    }
    Optional<Transaction> known =
        t.txid() < manifest.firstTxid()
            ? before(t.txid()).flatMap(p -> p.known(t.txid()))
            : Optional.ofNullable(transactions.get(t.txid()));
    if (known.isEmpty()) {
      // Where a segment was retired, or is cut by the mark, the image stands alone.
      boolean gone = retired.pruned() && t.txid() > retired.end();
      if (t.txid() > retired.mark() && !gone) {
        violation.accept(
            object.name() + " has transaction " + t.txid() + ", which is nowhere else");
      }
      return;
    }
    if (known.get().checksum() != t.checksum()
        || known.get().databasePages() != t.databasePages()
        || !known.get().time().equals(t.time())) {
      violation.accept(object.name() + " has " + t + ", elsewhere it is " + known.get());
    }
    Optional<PageState> there = state(t.txid());
    Optional<PageState> built = Optional.ofNullable(images.get(t.txid()));
    if (there.isPresent() && built.isPresent() && !there.get().isSameAs(built.get())) {
      violation.accept(object.name() + " has other pages than transaction " + t.txid());
    }
  }
}
