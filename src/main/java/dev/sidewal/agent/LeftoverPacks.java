package dev.sidewal.agent;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.segment.FileSegmentSource;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.segment.Transaction;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What earlier sessions left to be packed: packs that the store may not have, and runs of segments
 * that nothing will follow, because their generation is over.
 *
 * <p>Invariant: every file was read to its last byte, and is what its name says; what is not was
 * let go. Not safe for use by several threads.
 */
final class LeftoverPacks {

  private static final Logger LOG = LoggerFactory.getLogger(LeftoverPacks.class);

  private final Deque<PackFile> packs = new ArrayDeque<>();
  private final Deque<List<Spool.Entry>> runs = new ArrayDeque<>();

  private LeftoverPacks() {}

  /**
   * Examines the files.
   *
   * @param entries packs first
   * @param letGo gets files that are of no use
   */
  static LeftoverPacks examine(
      UUID replicaId, List<Spool.Entry> entries, PackOptions options, Consumer<Spool.Entry> letGo) {
    LeftoverPacks found = new LeftoverPacks();
    List<Spool.Entry> left = new ArrayList<>(entries);
    while (!left.isEmpty() && left.get(0).name().kind() == ObjectKind.PACK) {
      Spool.Entry pack = left.remove(0);
      if (whole(replicaId, pack).isPresent()) {
        List<Spool.Entry> segments =
            left.stream().filter(s -> holds(pack.name(), s.name())).toList();
        left.removeAll(segments);
        found.packs.add(new PackFile(pack, segments));
      } else {
        letGo.accept(pack);
      }
    }
    PackRuns sorted = new PackRuns(options, letGo);
    for (Spool.Entry segment : left) {
      Optional<Spool.Entry> whole = whole(replicaId, segment);
      if (whole.isPresent()) {
        sorted.add(whole.get(), segment.name().lastTime());
      } else {
        letGo.accept(segment);
      }
    }
    sorted.end();
    for (Optional<List<Spool.Entry>> run = sorted.take(); run.isPresent(); run = sorted.take()) {
      found.runs.add(run.get());
    }
    return found;
  }

  private static boolean holds(HistoryObject pack, HistoryObject segment) {
    return segment.kind() == ObjectKind.SEGMENT
        && segment.generation() == pack.generation()
        && segment.firstTxid() >= pack.firstTxid()
        && segment.lastTxid() <= pack.lastTxid();
  }

  /** Returns an entry that says whether it is a gap; empty if the file is not what it should be. */
  private static Optional<Spool.Entry> whole(UUID replicaId, Spool.Entry entry) {
    try (FileSegmentSource source = new FileSegmentSource(entry.file())) {
      SegmentReader reader = SegmentReader.open(source);
      HistoryObject name = entry.name();
      SegmentSummary summary = reader.summary();
      boolean right =
          summary.header().replicaId().equals(replicaId)
              && summary.header().kind() == name.kind()
              && summary.header().generation() == name.generation()
              && summary.header().firstTxid() == name.firstTxid()
              && summary.lastTxid() == name.lastTxid();
      if (!right) {
        LOG.debug("{} is of another replica, or another object", entry.file());
        return Optional.empty();
      }
      reader.verifyAll();
      boolean[] gap = {false};
      reader.forEachTransaction((Transaction t) -> gap[0] |= t.gap());
      return Optional.of(new Spool.Entry(name, entry.file(), entry.bytes(), gap[0]));
    } catch (IOException | HistoryDamagedException e) {
      LOG.info("{} is not whole, and is not packed: {}", entry.file(), e.getMessage());
      return Optional.empty();
    }
  }

  boolean isEmpty() {
    return packs.isEmpty() && runs.isEmpty();
  }

  /** Takes the next complete pack. */
  Optional<PackFile> nextPack() {
    return Optional.ofNullable(packs.pollFirst());
  }

  /** Takes the next run to be packed. */
  Optional<List<Spool.Entry>> nextRun() {
    return Optional.ofNullable(runs.pollFirst());
  }
}
