package dev.sidewal.agent;

import dev.sidewal.replica.HistoryObject;
import java.util.List;

/**
 * A pack that is complete on local disk.
 *
 * @param pack its name and its file
 * @param segments those of its segments whose files are still there
 */
record PackFile(Spool.Entry pack, List<Spool.Entry> segments) {
  /** Copies the list. */
  PackFile {
    segments = List.copyOf(segments);
  }

  /** Returns the names of the segments. */
  List<HistoryObject> segmentNames() {
    return segments.stream().map(Spool.Entry::name).toList();
  }
}
