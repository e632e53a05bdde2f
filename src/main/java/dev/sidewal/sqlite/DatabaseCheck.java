package dev.sidewal.sqlite;

import dev.sidewal.error.DatabaseException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteErrorCode;

/**
 * Has SQLite check a database: {@code quick_check} or {@code integrity_check}, and {@code
 * foreign_key_check}.
 *
 * <p>Everything is read in one transaction by a connection that cannot write. In WAL mode the log
 * of a live database cannot begin anew as long as that lasts, though nobody waits; in
 * rollback-journal mode nobody can commit. How long it was is part of the result.
 *
 * <p>SQLite forgets the CHECK constraints of a database that it may not write. So where the file
 * can be written, the checking connection may write, and is told to refuse to. A connection that
 * cannot write is opened before it and closed after it: as long as that one is in a read
 * transaction, no hot journal can be rolled back, and as long as it is open, the other one is not
 * the last and does not checkpoint when it is closed.
 *
 * <p>What SQLite cannot read is a problem that is reported, not an exception: an exception means
 * that nothing is known about the database.
 */
public final class DatabaseCheck {

  /** SQLite's virtual machine does so many steps between two calls of {@link CheckOptions#step}. */
  private static final int STEPS = 2_000;

  private final Path file;
  private final CheckOptions options;
  private final boolean rules;
  private final List<String> messages = new ArrayList<>();
  private final List<CheckProblem> unchecked = new ArrayList<>();
  private final List<ForeignKeyViolation> foreignKeys = new ArrayList<>();
  private boolean more;
  private Optional<RuntimeException> stopped = Optional.empty();

  private DatabaseCheck(Path file, CheckOptions options, boolean rules) {
    this.file = file;
    this.options = options;
    this.rules = rules;
  }

  /**
   * Checks a live database, which others may write meanwhile.
   *
   * @throws DatabaseException if it is not there, is no database, or cannot be opened or locked
   */
  public static CheckReport live(Path database, CheckOptions options) {
    DatabaseFile file = open(database);
    try {
      DatabaseFacts facts = facts(file);
      try (Connection guard = Connections.readOnly(database, options.busyTimeout())) {
        return Files.isWritable(database)
            ? guarded(guard, database, facts, options)
            : new DatabaseCheck(database, options, false).run(guard, facts, true);
      } catch (SQLException e) {
        throw CheckFailures.failure(database, e);
      }
    } catch (IOException e) {
      throw new DatabaseException("Cannot read the database " + database + ": " + e, e);
    } finally {
      file.release();
    }
  }

  private static CheckReport guarded(
      Connection guard, Path database, DatabaseFacts facts, CheckOptions options)
      throws SQLException, IOException {
    try (Statement g = guard.createStatement()) {
      g.execute("BEGIN");
      try {
        number(g, "SELECT count(*) FROM sqlite_schema");
      } catch (SQLException e) {
        if (!CheckFailures.isDamage(e)) {
          throw e;
        }
        g.execute("ROLLBACK");
        return new DatabaseCheck(database, options, false).run(guard, facts, true);
      }
      try (Connection connection = Connections.readWrite(database, options.busyTimeout());
          Statement s = connection.createStatement()) {
        s.execute("PRAGMA query_only=1");
        CheckReport report =
            new DatabaseCheck(database, options, true).run(connection, facts, true);
        if (facts.wal() && size(database, "-wal") == 0) {
          // Nothing could be checkpointed: the last one may take the empty log away, which it made.
          guard.close();
        }
        return report;
      }
    }
  }

  /**
   * Checks a file that nobody changes meanwhile and that has no log: a copy, or a restored one that
   * has not got its name yet. All locks that this process holds on it are dropped.
   *
   * @throws DatabaseException if it cannot be read, or is no database
   */
  public static CheckReport still(Path file, CheckOptions options) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] header = in.readNBytes(DatabaseHeader.LENGTH);
      DatabaseFacts facts = facts(file, header, Files.size(file));
      boolean own = Files.isWritable(file) && facts.walBytes() == 0 && facts.journalBytes() == 0;
      try (Connection connection = own ? Connections.own(file) : Connections.immutable(file)) {
        return new DatabaseCheck(file, options, own).run(connection, facts, false);
      } catch (SQLException e) {
        throw CheckFailures.failure(file, e);
      }
    } catch (IOException e) {
      throw new DatabaseException("Cannot read the database " + file + ": " + e, e);
    }
  }

  /**
   * Reads what a live database's file says of itself, without SQLite.
   *
   * @throws DatabaseException if it is not there, cannot be read or is no database
   */
  public static DatabaseFacts facts(Path database) {
    DatabaseFile file = open(database);
    try {
      return facts(file);
    } finally {
      file.release();
    }
  }

  private static DatabaseFile open(Path database) {
    return DatabaseFile.open(database)
        .orElseThrow(() -> new DatabaseException("There is no database " + database + "."));
  }

  private static DatabaseFacts facts(DatabaseFile file) {
    try {
      byte[] header = new byte[DatabaseHeader.LENGTH];
      file.read(0, header, 0, header.length);
      return facts(file.path(), header, file.length());
    } catch (IOException e) {
      throw new DatabaseException("Cannot read the database " + file.path() + ": " + e, e);
    }
  }

  /** Returns whether a live database could not be checked because it could not be got at. */
  public static boolean isShutOut(DatabaseException failure) {
    return failure.getCause() instanceof SQLException e && CheckFailures.isShutOut(e);
  }

  private static DatabaseFacts facts(Path file, byte[] header, long length) throws IOException {
    return DatabaseFacts.ofHeader(header, length, size(file, "-wal"), size(file, "-journal"))
        .orElseThrow(
            () ->
                new DatabaseException(
                    file
                        + (length == 0
                            ? " is empty: nothing was ever written to it, or it was cut off."
                            : " is not a SQLite database, or it is encrypted, or its first page is"
                                + " destroyed. If it was one, restore it.")));
  }

  private static long size(Path file, String suffix) throws IOException {
    try {
      return Files.size(file.resolveSibling(file.getFileName() + suffix));
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  private CheckReport run(Connection connection, DatabaseFacts header, boolean live)
      throws SQLException, IOException {
    ProgressHandler.setHandler(
        connection,
        STEPS,
        new ProgressHandler() {
          @Override
          protected int progress() {
            return step();
          }
        });
    try (Statement s = connection.createStatement()) {
      s.execute("BEGIN");
      long begin = System.nanoTime();
      DatabaseFacts facts = header;
      List<CheckProblem> problems = new ArrayList<>();
      try {
        number(s, "SELECT count(*) FROM sqlite_schema");
        ProblemReader reader = new ProblemReader(connection);
        facts = counted(s, header, reader);
        integrity(s, reader);
        problems.addAll(reader.read(messages));
        problems.addAll(unchecked);
        incomplete(facts).ifPresent(problems::add);
        if (options.foreignKeys()) {
          foreignKeys.addAll(ForeignKeyCheck.of(s, reader.tables()));
        }
      } catch (SQLException e) {
        if (!CheckFailures.isDamage(e)) {
          throw e;
        }
        problems.addAll(new ProblemReader(connection).read(messages));
        problems.add(unreadable(header, e));
      }
      Duration read = Duration.ofNanos(System.nanoTime() - begin);
      s.execute("ROLLBACK");
      return new CheckReport(
          options.full(),
          rules,
          live && facts.wal() ? withLog(s, facts) : facts,
          problems,
          more,
          options.foreignKeys(),
          foreignKeys,
          read);
    } catch (SQLException e) {
      if (stopped.isPresent()) {
        throw stopped.get();
      }
      throw e;
    } finally {
      ProgressHandler.clearHandler(connection);
    }
  }

  /** An exception must not fly through SQLite: it is kept, and SQLite told to end. */
  private int step() {
    try {
      options.step().run();
      return 0;
    } catch (RuntimeException e) {
      stopped = Optional.of(e);
      return 1;
    }
  }

  private void integrity(Statement s, ProblemReader reader) throws SQLException {
    try {
      ask(s, "PRAGMA " + options.pragma() + "(" + (options.limit() + 1) + ")");
    } catch (SQLException e) {
      if (CheckFailures.code(e) != SQLiteErrorCode.SQLITE_ERROR) {
        if (CheckFailures.isDamage(e) && !messages.isEmpty()) {
          messages.add(CheckFailures.reason(e));
          cut();
          return;
        }
        throw e;
      }
      // Something of the schema is unknown to this SQLite: each table by itself, then.
      for (String table : reader.tables()) {
        if (messages.size() <= options.limit()) {
          integrity(s, table);
        }
      }
    }
    cut();
  }

  private void integrity(Statement s, String table) throws SQLException {
    try {
      ask(s, "PRAGMA " + options.pragma() + "(" + Sql.name(table) + ")");
    } catch (SQLException e) {
      if (CheckFailures.code(e) == SQLiteErrorCode.SQLITE_ERROR) {
        unchecked.add(
            new CheckProblem(
                CheckProblem.Kind.UNCHECKED,
                table,
                table + " cannot be checked: " + CheckFailures.reason(e)));
      } else if (CheckFailures.isDamage(e)) {
        messages.add(CheckFailures.reason(e));
      } else {
        throw e;
      }
    }
  }

  /** SQLite gives what is wrong with pages as one text of several lines under a heading. */
  private void ask(Statement s, String pragma) throws SQLException {
    try (ResultSet rows = s.executeQuery(pragma)) {
      while (rows.next()) {
        String row = rows.getString(1);
        if (row.startsWith("*** in database ")) {
          row.lines().skip(1).forEach(messages::add);
        } else if (!row.equals("ok")) {
          messages.add(row);
        }
      }
    }
  }

  private void cut() {
    if (messages.size() > options.limit()) {
      more = true;
      messages.subList(options.limit(), messages.size()).clear();
    }
  }

  private static DatabaseFacts counted(Statement s, DatabaseFacts f, ProblemReader reader)
      throws SQLException {
    return new DatabaseFacts(
        f.fileBytes(),
        f.pageSize(),
        number(s, "PRAGMA page_count"),
        number(s, "PRAGMA freelist_count"),
        f.wal(),
        f.encoding(),
        f.autoVacuum(),
        (int) number(s, "PRAGMA user_version"),
        (int) number(s, "PRAGMA application_id"),
        number(s, "PRAGMA schema_version"),
        f.writerVersion(),
        OptionalLong.of(reader.tables().size()),
        OptionalLong.of(reader.indexes()),
        f.walBytes(),
        f.walFrames(),
        f.walPending(),
        f.journalBytes());
  }

  /** Asks how much of the log is not in the file yet; NOOP does nothing. */
  private static DatabaseFacts withLog(Statement s, DatabaseFacts f) {
    try (ResultSet r = s.executeQuery("PRAGMA wal_checkpoint(NOOP)")) {
      if (r.next() && r.getLong(2) >= 0) {
        long frames = r.getLong(2);
        return f.withLog(frames, frames - r.getLong(3));
      }
    } catch (SQLException e) {
      // Somebody checkpoints just now; the rest of the facts stands.
    }
    return f;
  }

  /**
   * A last page of which a part is missing is read as if zeros were there, and a value that was in
   * it is none the worse for that to SQLite. It is looked for in the transaction: so long a file
   * without a log is as long as it says.
   */
  private Optional<CheckProblem> incomplete(DatabaseFacts facts) throws IOException {
    long bytes = Files.size(file);
    return bytes >= facts.databaseBytes() || (facts.wal() && size(file, "-wal") > 0)
        ? Optional.empty()
        : Optional.of(
            new CheckProblem(
                CheckProblem.Kind.DATA,
                "",
                "the file was cut off: it has "
                    + bytes
                    + " bytes, and its "
                    + facts.pages()
                    + " pages have "
                    + facts.databaseBytes()
                    + "; SQLite reads zeros instead"));
  }

  private static CheckProblem unreadable(DatabaseFacts header, SQLException e) {
    boolean cut = header.fileBytes() < header.databaseBytes() && header.walBytes() == 0;
    return new CheckProblem(
        CheckProblem.Kind.DATA,
        "",
        cut
            ? "the file was cut off: it has "
                + header.fileBytes()
                + " bytes, and its header says "
                + header.databaseBytes()
                + "; SQLite reads none of it ("
                + CheckFailures.reason(e)
                + ")"
            : "SQLite cannot go on reading: " + CheckFailures.reason(e));
  }

  private static long number(Statement s, String sql) throws SQLException {
    try (ResultSet r = s.executeQuery(sql)) {
      return r.next() ? r.getLong(1) : 0;
    }
  }
}
