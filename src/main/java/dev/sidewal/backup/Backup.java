package dev.sidewal.backup;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.UsageException;
import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.error.WouldOverwriteException;
import dev.sidewal.restore.FileAttributes;
import dev.sidewal.restore.OutputFile;
import dev.sidewal.restore.ReplacedDatabase;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.restore.ScratchDirectory;
import dev.sidewal.sqlite.CheckOptions;
import dev.sidewal.sqlite.CheckReport;
import dev.sidewal.sqlite.CopiedPages;
import dev.sidewal.sqlite.DatabaseCheck;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one consistent copy of a live database. Safe for use by several threads.
 *
 * <p>Invariants: a copy gets its name, or leaves the process, only after it was read back, had the
 * checksum that it must have, and passed the check that was asked for. Older backups are removed
 * only after that. The database is not written to (but SQLite, as for any reader, rolls back what a
 * crashed writer left, and the last connection that closes empties the log).
 */
public final class Backup {

  private static final Logger LOG = LoggerFactory.getLogger(Backup.class);

  private static final String SCRATCH_NAME = "backup.db";
  private static final int PROBLEMS = 10;

  /** How many names are tried in a directory: each is one second later than the one before. */
  private static final int NAMES = 100;

  private final Clock clock;
  private final RandomGenerator random;

  /**
   * Creates it.
   *
   * @param clock gives the names their times
   * @param random names temporary files
   */
  public Backup(Clock clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /**
   * Backs up. When this returns, the copy is complete, checked and durable; when it throws, what
   * was there before is as it was. Blocks.
   *
   * <ul>
   *   <li>{@link DatabaseException} if the database is missing, locked or not usable, or the copy
   *       cannot be written
   *   <li>{@link WouldOverwriteException} if the file is there, or an agent has the replica
   *   <li>{@link VerificationFailedException} if SQLite finds fault with the copy
   *   <li>what stores throw, for a replica
   * </ul>
   */
  public BackupResult run(BackupRequest request) {
    try {
      return new Run(request).run();
    } catch (IOException e) {
      throw new DatabaseException(
          "The backup of "
              + request.database()
              + " failed: "
              + e
              + ". Nothing was put in place; what was there before was not changed.",
          e);
    }
  }

  /** One backup. */
  private final class Run {
    private final BackupRequest request;
    private final SourceDatabase source;
    private final Instant start = clock.instant();
    private Instant moment = start;
    private Optional<Copied> copied = Optional.empty();
    private Optional<CopiedPages> pages = Optional.empty();

    Run(BackupRequest request) {
      this.request = request;
      this.source =
          new SourceDatabase(
              request.database(),
              request.scratch(),
              request.copyRetries(),
              request.copying(),
              clock,
              random);
    }

    BackupResult run() throws IOException {
      if (request.destination() instanceof BackupDestination.ToFile to) {
        return toFile(to);
      } else if (request.destination() instanceof BackupDestination.ToDirectory to) {
        return toDirectory(to);
      } else if (request.destination() instanceof BackupDestination.ToStream to) {
        return toStream(to);
      } else {
        return toReplica((BackupDestination.ToReplica) request.destination());
      }
    }

    private BackupResult result(
        Optional<Path> output,
        Optional<SnapshotUpload.Uploaded> sent,
        long bytes,
        List<Path> gone) {
      return new BackupResult(
          request.database(),
          moment,
          copied,
          pages,
          output,
          sent.map(SnapshotUpload.Uploaded::name),
          bytes,
          gone,
          Duration.between(start, clock.instant()));
    }

    private BackupResult toFile(BackupDestination.ToFile to) throws IOException {
      Path target = followed(to.path());
      if (Files.exists(target) && Files.isSameFile(target, source.path())) {
        throw new UsageException(target + " is the database itself. Name another file.");
      }
      for (String suffix : List.of("-wal", "-shm", "-journal")) {
        if (target.equals(source.path().resolveSibling(source.path().getFileName() + suffix))) {
          throw new UsageException(
              target + " is a name that SQLite gives to a file of the database. Name another one.");
        }
      }
      try (ReplacedDatabase replaced = ReplacedDatabase.examine(target, to.force(), random)) {
        if (request.dryRun()) {
          return result(Optional.of(to.path()), Optional.empty(), 0, List.of());
        }
        try (OutputFile out = OutputFile.create(target, OutputFile.Work.BACKUP, random)) {
          fill(out);
          if (to.force()) {
            replaced.prepare();
          } else {
            // Somebody may have made the file meanwhile.
            ReplacedDatabase.examine(target, false, random).close();
          }
          out.publish(to.force());
          return result(Optional.of(to.path()), Optional.empty(), out.length(), List.of());
        }
      }
    }

    /** Follows a symbolic link: the file that it names is replaced, not the link. */
    private Path followed(Path path) throws IOException {
      Path file = path.toAbsolutePath();
      if (Files.isSymbolicLink(file) && Files.exists(file)) {
        return file.toRealPath();
      }
      Optional<Path> directory = Optional.ofNullable(file.getParent()).filter(Files::isDirectory);
      return directory.isPresent()
          ? directory.get().toRealPath().resolve(file.getFileName())
          : file;
    }

    private BackupResult toDirectory(BackupDestination.ToDirectory to) throws IOException {
      BackupNames names = new BackupNames(request.database());
      Path directory = to.path().toAbsolutePath();
      if (request.dryRun()) {
        Path newest = directory.resolve(names.name(start, request.compression()));
        List<Path> gone = names.superfluous(directory, newest, to.keep(), start);
        return result(Optional.of(newest), Optional.empty(), 0, gone);
      }
      Files.createDirectories(directory);
      // The temporary file is named without the time, so that the next run finds it if this is
      // killed.
      Path base = directory.resolve(String.valueOf(request.database().getFileName()));
      try (OutputFile out = OutputFile.create(base, OutputFile.Work.BACKUP, random)) {
        fill(out);
        Path made = publish(out, directory, names);
        List<Path> gone = new ArrayList<>();
        for (Path old : names.superfluous(directory, made, to.keep(), clock.instant())) {
          if (remove(old)) {
            gone.add(old);
          }
        }
        return result(
            Optional.of(to.path().resolve(made.getFileName())),
            Optional.empty(),
            out.length(),
            gone);
      }
    }

    private Path publish(OutputFile out, Path directory, BackupNames names) {
      for (int later = 0; ; later++) {
        Path name = directory.resolve(names.name(moment.plusSeconds(later), request.compression()));
        try {
          if (Files.exists(name)) {
            throw new WouldOverwriteException(name + " exists and was not changed.");
          }
          out.publish(name, false);
          return name;
        } catch (WouldOverwriteException e) {
          if (later == NAMES) {
            throw e;
          }
        }
      }
    }

    private boolean remove(Path old) {
      try {
        return Files.deleteIfExists(old);
      } catch (IOException e) {
        LOG.warn(
            "The backup was made, but the old one {} could not be removed ({}). Remove it by hand:"
                + " it takes space.",
            old,
            e.toString());
        return false;
      }
    }

    private BackupResult toStream(BackupDestination.ToStream to) throws IOException {
      if (request.dryRun()) {
        return result(Optional.empty(), Optional.empty(), 0, List.of());
      }
      try (ScratchDirectory work =
              ScratchDirectory.create(request.scratch(), source.bytes(), random);
          OutputFile copy = scratchFile(work)) {
        make(copy);
        Counting counting = new Counting(to.out());
        try (OutputStream out = request.compression().over(counting, request.level())) {
          send(copy, out);
        }
        to.out().flush();
        return result(Optional.empty(), Optional.empty(), counting.bytes, List.of());
      }
    }

    private BackupResult toReplica(BackupDestination.ToReplica to) throws IOException {
      SnapshotUpload upload = new SnapshotUpload(to, clock, request.progress());
      upload.check();
      if (request.dryRun()) {
        return result(Optional.empty(), Optional.empty(), 0, List.of());
      }
      try (ScratchDirectory work =
              ScratchDirectory.create(request.scratch(), source.bytes(), random);
          OutputFile copy = scratchFile(work)) {
        make(copy);
        SnapshotUpload.Uploaded sent = upload.upload(copy, pages.orElseThrow());
        moment = sent.name().lastTime();
        return result(Optional.empty(), Optional.of(sent), sent.bytes(), List.of());
      }
    }

    private OutputFile scratchFile(ScratchDirectory work) {
      return OutputFile.create(work.resolve(SCRATCH_NAME), OutputFile.Work.BACKUP, random);
    }

    /** Makes all of a file but its name. */
    private void fill(OutputFile out) throws IOException {
      if (request.compression() == Compression.NONE) {
        make(out);
      } else {
        try (ScratchDirectory work =
                ScratchDirectory.create(request.scratch(), source.bytes(), random);
            OutputFile copy = scratchFile(work)) {
          make(copy);
          Counting counting = new Counting(out.stream());
          try (OutputStream to = request.compression().over(counting, request.level())) {
            send(copy, to);
          }
          out.end(counting.bytes);
        }
      }
      FileAttributes.apply(out.temporary(), request.owner(), request.mode().or(this::modeOfSource));
      out.force();
    }

    private Optional<Set<PosixFilePermission>> modeOfSource() {
      try {
        return Optional.of(Files.getPosixFilePermissions(source.path()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (UnsupportedOperationException e) {
        return Optional.empty();
      }
    }

    /** Copies the database, and proves the copy. */
    private void make(OutputFile out) throws IOException {
      Copied made =
          request.method() == BackupMethod.VACUUM ? source.vacuum(out) : source.pages(out);
      moment = clock.instant();
      copied = Optional.of(made);
      CopiedPages read = DatabaseBytes.of(out, request.progress());
      if (read.pages() != made.pages().pages() || read.checksum() != made.pages().checksum()) {
        throw new VerificationFailedException(
            "The copy of "
                + request.database()
                + " reads back as other bytes than were written. Nothing was put in place; older"
                + " backups are kept. Look at the disk and the memory of this machine.");
      }
      pages =
          Optional.of(
              request.rollbackJournal() ? DatabaseBytes.withRollbackJournal(out, read) : read);
      check(out);
    }

    private void check(OutputFile out) {
      if (request.check() == BackupCheck.NONE) {
        return;
      }
      request.progress().progress(RestoreProgress.Phase.CHECKING, 0, out.length());
      if (out.length() == 0) {
        return;
      }
      CheckReport report;
      try {
        report =
            DatabaseCheck.still(
                out.temporary(),
                CheckOptions.QUICK
                    .withFull(request.check() == BackupCheck.FULL)
                    .withForeignKeys(false)
                    .withLimit(PROBLEMS));
      } finally {
        out.lockAgain();
      }
      StringBuilder problems = new StringBuilder();
      report.problems().forEach(p -> problems.append("\n  ").append(p.message()));
      if (report.verdict() == CheckReport.Verdict.RULES_VIOLATED
          || report.verdict() == CheckReport.Verdict.UNCHECKED) {
        LOG.warn(
            "The copy of {} is exact, and sound as far as SQLite could check it, but:{}",
            request.database(),
            problems);
      } else if (problems.length() > 0) {
        throw new VerificationFailedException(
            "The live database "
                + request.database()
                + " is damaged: SQLite's "
                + report.pragma()
                + " finds fault with an exact copy of it:"
                + problems
                + "\nThe copy was not put in place, and older backups are kept: one of them may be"
                + " the last good state. To save what is there now, back up with --check none to"
                + " another place, and try '.recover' of the sqlite3 program on that.");
      }
    }

    private void send(OutputFile copy, OutputStream out) throws IOException {
      byte[] buffer = new byte[1 << 20];
      for (long at = 0; at < copy.length(); at += buffer.length) {
        int n = (int) Math.min(buffer.length, copy.length() - at);
        copy.read(at, buffer, n);
        out.write(buffer, 0, n);
        request.progress().progress(RestoreProgress.Phase.RESTORING, at + n, copy.length());
      }
    }
  }

  /** Counts bytes, and leaves the stream behind it open. */
  private static final class Counting extends OutputStream {
    private final OutputStream out;
    private long bytes;

    Counting(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      bytes++;
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      out.write(source, offset, length);
      bytes += length;
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }
  }
}
