package dev.sidewal.agent;

import dev.sidewal.sqlite.FrameSink;
import dev.sidewal.sqlite.LogFollower;
import dev.sidewal.sqlite.PageSet;
import dev.sidewal.sqlite.SavedImage;
import dev.sidewal.sqlite.WholeRead;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Ships what changed while nobody followed: every page whose hash is not the one that the earlier
 * run knew, as one transaction. The states in between are unknown, which the transaction says.
 *
 * <p>Invariant: a page that was written once is written again at the end if it was seen again, even
 * if it is by then what it was before; for the last version counts.
 */
final class GapWriter {

  private final LogFollower follower;
  private final TransactionRecorder recorder;
  private final Path work;

  GapWriter(LogFollower follower, TransactionRecorder recorder, Path work) {
    this.follower = follower;
    this.recorder = recorder;
    this.work = work;
  }

  /**
   * Compares every page and records those that changed.
   *
   * @param before what the earlier run knew
   * @param time gives the transaction's time
   * @param stop asked now and then whether to give up
   * @return how many pages were recorded, 0 if nothing changed at all; empty if told to give up
   */
  OptionalLong write(SavedImage before, Supplier<Instant> time, BooleanSupplier stop)
      throws IOException {
    try (PageSet written = new PageSet(work.resolve("pages.written"))) {
      long[] counts = {0, 0};
      boolean whole =
          WholeRead.ofPages(
              follower,
              (page, source, offset) -> {
                if (written.contains(page) || before.hashOf(page) != follower.pageHash(page)) {
                  recorder.page(page, source, offset);
                  counts[0]++;
                  counts[1] += written.add(page) ? 1 : 0;
                }
              },
              stop);
      if (!whole) {
        return OptionalLong.empty();
      }
      if (counts[0] == 0
          && follower.databasePages() == before.mark().pages()
          && follower.checksum() == before.mark().checksum()) {
        return OptionalLong.of(0);
      }
      recorder.commitGap(
          new FrameSink.Commit(
              time.get(), counts[0], counts[1], follower.databasePages(), follower.checksum()));
      return OptionalLong.of(Math.max(1, counts[1]));
    }
  }
}
