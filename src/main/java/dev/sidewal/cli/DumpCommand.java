package dev.sidewal.cli;

import dev.sidewal.agent.Version;
import dev.sidewal.backup.PrivateCopy;
import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import dev.sidewal.error.WouldOverwriteException;
import dev.sidewal.restore.FileAttributes;
import dev.sidewal.restore.MomentFile;
import dev.sidewal.restore.OutputFile;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.tables.SqlDump;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sidewal dump}: a database as SQL text. */
@Command(
    name = "dump",
    description = {
      "Writes a database as SQL text, from which sqlite3 makes the same database: of a live",
      "database as it is now, or of any moment that a replica can restore. A live database is",
      "copied first, so nobody waits for whoever reads the text.",
    },
    footer = {
      "",
      "Examples:",
      "  sidewal dump app.db | gzip > app.sql.gz",
      "  sidewal dump s3://bucket/app --timestamp -1d -o yesterday.sql",
      "  sidewal dump s3://bucket/app --txid 4711 --table users | sqlite3 users.db"
    })
final class DumpCommand extends SidewalCommand {

  @Parameters(
      paramLabel = "URL|DB",
      arity = "1",
      description = "A replica (s3://bucket/prefix or file:///dir), or the path of a database.")
  private String source;

  @Mixin private final MomentOptions moment = new MomentOptions();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Write to FILE, which is made only when the text is complete.")
  private Optional<Path> output = Optional.empty();

  @Option(names = "--force", description = "Replace FILE, atomically, only after success.")
  private boolean force;

  @Option(
      names = "--table",
      paramLabel = "NAME",
      description = {
        "Only this table or view, with its indexes and triggers; give it again for more.",
        "Default: the whole database.",
      })
  private List<String> tables = List.of();

  @Option(names = "--schema-only", description = "Only the schema, no rows.")
  private boolean schemaOnly;

  @Option(
      names = "--data-only",
      description = "Only the rows, for a database that has the tables, empty.")
  private boolean dataOnly;

  @Mixin private final ParallelismOption parallelism = new ParallelismOption();

  @Mixin private final ScratchOption scratch = new ScratchOption();

  DumpCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.complementOf(EnumSet.of(ExitCode.SUPERSEDED));
  }

  @Override
  int run() {
    checkOptions();
    RandomGenerator random = new SecureRandom();
    try (ProgressLine progress = new ProgressLine(context().err(), System::nanoTime)) {
      if (output.isPresent()) {
        toFile(output.get(), progress, random);
      } else {
        dump(context().out().bytes(), progress, random);
      }
    }
    return ExitCode.DONE.code();
  }

  private void checkOptions() {
    parallelism.check();
    moment.check();
    output.map(Path::toString).ifPresent(PathArguments::refuseOption);
    if (force && output.isEmpty()) {
      throw new UsageException("--force is about the file of --output; give both");
    }
    if (schemaOnly && dataOnly) {
      throw new UsageException("--schema-only and --data-only contradict each other");
    }
    if (ReplicaUrl.isUrl(source)) {
      if (ReplicaUrl.parse(source) instanceof ReplicaUrl.Directory directory
          && Files.isRegularFile(directory.path())) {
        throw new UsageException(
            "'"
                + source
                + "' is a file, not the directory of a replica; for a database give its path: sidewal"
                + " dump "
                + directory.path());
      }
    } else if (moment.isGiven()) {
      throw new UsageException(
          "'"
              + source
              + "' is the path of a database, which has no past; --timestamp and --txid need the URL"
              + " of its replica");
    }
  }

  private void toFile(Path target, ProgressLine progress, RandomGenerator random) {
    if (Files.isDirectory(target)) {
      throw new UsageException(target + " is a directory; name a file.");
    }
    if (!force && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new WouldOverwriteException(
          target + " exists and was not changed. Name another file, or replace it with --force.");
    }
    try (OutputFile file = OutputFile.create(target, OutputFile.Work.DUMP, random)) {
      dump(file.stream(), progress, random);
      FileAttributes.apply(file.temporary(), Optional.empty(), file.newFileMode());
      file.force();
      file.publish(force);
    }
  }

  private void dump(OutputStream out, ProgressLine progress, RandomGenerator random) {
    if (ReplicaUrl.isUrl(source)) {
      dumpMoment(out, progress, random);
    } else {
      dumpLive(out, progress, random);
    }
  }

  private void dumpLive(OutputStream out, ProgressLine progress, RandomGenerator random) {
    try (PrivateCopy copy =
        PrivateCopy.of(
            Path.of(source),
            scratch.directories(),
            (phase, done, total) -> progress.update("copying", done, total),
            random)) {
      write(copy::open, out, "database " + source, progress);
    }
  }

  private void dumpMoment(OutputStream out, ProgressLine progress, RandomGenerator random) {
    ReplicaUrl url = ReplicaUrl.parse(source);
    try (ObjectStore store = ObjectStores.open(url);
        MomentFile file =
            MomentFile.restore(
                new MomentFile.Source(
                    store,
                    scratch.directories(),
                    parallelism.value(),
                    (phase, done, total) -> progress.update("restoring", done, total),
                    random),
                moment.target(context().clock()))) {
      file.coarse()
          .ifPresent(c -> context().err().line("note: " + c.reason() + ". The former was taken."));
      String what =
          "transaction "
              + file.transaction().txid()
              + " of "
              + Texts.time(file.transaction().time())
              + " in "
              + url;
      write(file::open, out, what, progress);
    }
  }

  /** Opens the file that is dumped. */
  private interface Opening {
    Connection open() throws SQLException;
  }

  private void write(Opening opening, OutputStream out, String what, ProgressLine progress) {
    List<String> header =
        List.of(
            "Sidewal " + Version.number() + ": " + what + part(),
            "Load it into a new database: sqlite3 new.db < FILE");
    SqlDump.Options options = new SqlDump.Options(tables, !dataOnly, !schemaOnly);
    SqlDump.Result result;
    try (Connection connection = opening.open()) {
      result =
          SqlDump.write(
              connection, out, header, options, done -> progress.update("dumping", done, 0));
    } catch (SQLException e) {
      throw new DatabaseException("Cannot open " + what + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    result.notes().forEach(note -> context().err().line("note: " + note));
  }

  private String part() {
    String only = schemaOnly ? "the schema" : dataOnly ? "the rows" : "";
    if (tables.isEmpty()) {
      return only.isEmpty() ? "" : " (only " + only + ")";
    }
    return " (only " + (only.isEmpty() ? "" : only + " of ") + String.join(", ", tables) + ")";
  }
}
