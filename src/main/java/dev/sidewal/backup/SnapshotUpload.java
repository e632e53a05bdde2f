package dev.sidewal.backup;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.SupersededException;
import dev.sidewal.error.WouldOverwriteException;
import dev.sidewal.replica.GenerationClaim;
import dev.sidewal.replica.GenerationClaim.HistoryEnd;
import dev.sidewal.replica.GenerationListing;
import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.HistoryPublisher;
import dev.sidewal.replica.Timeline;
import dev.sidewal.restore.OutputFile;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentSummary;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.CopiedPages;
import dev.sidewal.sqlite.Pages;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectUpload;
import dev.sidewal.store.PutOutcome;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Puts a copy into the history of a replica: claims the next generation, and writes one snapshot,
 * which is the next transaction. Memory stays small whatever the size.
 *
 * <p>Invariant: an agent is never superseded unless that was asked for. The writer in the newest
 * claim says who has the replica; that of a backup begins with {@link #WRITER}. It is looked at
 * before the database is copied, and again right before the claim. An agent that starts later takes
 * over from a backup as from any other writer, and ends the backups to that place.
 */
final class SnapshotUpload {

  /** How the writer of a backup's claim begins. */
  static final String WRITER = "sidewal-backup ";

  private static final int BLOCK_BYTES = 1 << 20;
  private static final int READ_BYTES = 1 << 20;

  private final BackupDestination.ToReplica to;
  private final ObjectStore store;
  private final Clock clock;
  private final RestoreProgress progress;

  SnapshotUpload(BackupDestination.ToReplica to, Clock clock, RestoreProgress progress) {
    this.to = to;
    this.store = to.store();
    this.clock = clock;
    this.progress = progress;
  }

  /** What was written. */
  record Uploaded(HistoryObject name, long bytes) {}

  /**
   * Looks whether the replica may be written to.
   *
   * @throws WouldOverwriteException if an agent's history is there
   */
  void check() {
    end();
  }

  private HistoryEnd end() {
    Timeline timeline = Timeline.load(store);
    List<GenerationListing> generations = timeline.listing().generations();
    if (!to.takeOver() && !generations.isEmpty()) {
      GenerationManifest newest = generations.get(generations.size() - 1).manifest();
      if (!newest.writer().startsWith(WRITER)) {
        throw new WouldOverwriteException(
            "An agent replicates to "
                + store.location()
                + " (generation "
                + newest.generation()
                + ", claimed by "
                + newest.writer()
                + " at "
                + newest.created()
                + "), and a backup from beside would end it. Nothing was written. Ask the agent for"
                + " a snapshot: 'sidewal snapshot DB'; or back up to another place; or, if no agent"
                + " will run there any more, give --take-over.");
      }
    }
    return HistoryEnd.of(timeline);
  }

  /** Writes the snapshot; returns when the store has it, and it was looked at there. */
  Uploaded upload(OutputFile copy, CopiedPages pages) throws IOException {
    if (pages.pages() == 0) {
      throw new DatabaseException(
          "The database is empty: its file has no byte yet, so there is nothing that a replica"
              + " could record. Nothing was written. Back up to a file, or later.");
    }
    GenerationClaim claim =
        GenerationClaim.claim(
            store,
            this::end,
            UUID.randomUUID(),
            Optional.empty(),
            pages.pageSize(),
            WRITER + to.version(),
            clock);
    GenerationManifest generation = claim.manifest();
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Instant time = now.isBefore(claim.earliestTime()) ? claim.earliestTime() : now;
    long txid = generation.firstTxid();
    HistoryObject name = HistoryObject.snapshot(generation.generation(), txid, time);
    HistoryPublisher publisher = new HistoryPublisher(store, generation.generation());
    SegmentHeader header =
        new SegmentHeader(
            ObjectKind.SNAPSHOT,
            generation.replicaId(),
            generation.generation(),
            pages.pageSize(),
            txid,
            0,
            0);
    try (ObjectUpload upload = store.newUpload(name.key());
        SegmentWriter writer =
            new SegmentWriter(
                header,
                stream(upload),
                new SegmentWriterOptions(
                    BLOCK_BYTES, SegmentWriterOptions.DEFAULT.compressionLevel()))) {
      long written = write(copy, pages, writer);
      writer.commit(
          new Transaction(txid, time, written, written, pages.pages(), pages.checksum(), false));
      SegmentSummary summary = writer.finish();
      publisher.checkNotSuperseded();
      publisher.checkClaimIsThere();
      if (upload.complete() == PutOutcome.ALREADY_EXISTS) {
        throw new SupersededException(
            name.key() + " is in " + store.location() + " already; nothing was overwritten.");
      }
      publisher.prove(name, summary);
      return new Uploaded(name, summary.length());
    }
  }

  private long write(OutputFile copy, CopiedPages pages, SegmentWriter writer) throws IOException {
    int pageSize = pages.pageSize();
    byte[] buffer = new byte[READ_BYTES];
    long lockBytePage = Pages.lockBytePage(pageSize);
    long written = 0;
    for (long at = 0; at < copy.length(); at += READ_BYTES) {
      int n = (int) Math.min(READ_BYTES, copy.length() - at);
      copy.read(at, buffer, n);
      for (int i = 0; i < n; i += pageSize) {
        long page = (at + i) / pageSize + 1;
        if (page != lockBytePage) {
          writer.page(page, buffer, i);
          written++;
        }
      }
      progress.progress(RestoreProgress.Phase.RESTORING, at + n, copy.length());
    }
    return written;
  }

  private static OutputStream stream(ObjectUpload upload) {
    return new OutputStream() {
      @Override
      public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] source, int offset, int length) {
        upload.write(source, offset, length);
      }
    };
  }
}
