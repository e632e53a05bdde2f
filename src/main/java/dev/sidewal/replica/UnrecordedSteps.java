package dev.sidewal.replica;

import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.Transaction;
import dev.sidewal.store.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The transactions of a replica that stand for more than one commit of the application: what was
 * committed between their predecessors and them was never recorded one by one.
 *
 * <p>There are two kinds. A generation that takes over and does not continue begins with a
 * snapshot; its manifest says so. A generation that continues may begin with a gap transaction,
 * which then fills a segment of its own: only those few objects are opened.
 */
public final class UnrecordedSteps {

  private UnrecordedSteps() {}

  /**
   * Returns the txids of those that can be restored, ascending.
   *
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   * @throws dev.sidewal.error.HistoryDamagedException if an object that must be opened is damaged
   */
  public static List<Long> find(ObjectStore store, Timeline timeline) {
    List<Long> steps = new ArrayList<>();
    for (GenerationListing generation : timeline.listing().generations()) {
      GenerationManifest manifest = generation.manifest();
      long first = manifest.firstTxid();
      if (manifest.takesOver().isEmpty() || !timeline.isRestorable(first)) {
        continue;
      }
      for (TimelineObject object : timeline.objects()) {
        HistoryObject name = object.object().name();
        boolean begins = name.generation() == manifest.generation() && object.first() == first;
        boolean step =
            begins
                && (manifest.continues()
                    ? name.kind() == ObjectKind.SEGMENT
                        && name.lastTxid() == first
                        && isGap(store, object.object(), first)
                    : name.kind() == ObjectKind.SNAPSHOT);
        if (step) {
          steps.add(first);
          break;
        }
      }
    }
    return steps.stream().sorted().distinct().toList();
  }

  private static boolean isGap(ObjectStore store, StoredObject object, long txid) {
    OptionalLong[] gap = {OptionalLong.empty()};
    try {
      SegmentReader.open(new StoredObjectSource(store, object))
          .forEachTransaction(
              (Transaction t) -> {
                if (t.gap() && t.txid() == txid) {
                  gap[0] = OptionalLong.of(txid);
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return gap[0].isPresent();
  }
}
