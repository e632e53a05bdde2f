package dev.sidewal.sqlite;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a database file says of itself. Where SQLite could read the database, the counts are those
 * of the moment that was checked, its log included; else they are those of the file's header.
 *
 * @param fileBytes the length of the file
 * @param pageSize bytes a page
 * @param pages how many pages the database has
 * @param freePages how many of them are on the free list
 * @param wal whether it is in WAL mode; else it has a rollback journal
 * @param encoding of text: UTF-8, UTF-16le or UTF-16be
 * @param autoVacuum none, full or incremental
 * @param userVersion the application's number for its schema
 * @param applicationId the number that names the kind of file
 * @param schemaVersion a count of changes of the schema
 * @param writerVersion the version of the SQLite that wrote the file's first page last, as in
 *     3051002; 0 if the file does not say
 * @param tables how many tables there are; empty if the schema cannot be read
 * @param indexes how many indexes there are; empty if the schema cannot be read
 * @param walBytes the length of the {@code -wal} file; 0 if there is none
 * @param walFrames how many frames of the log are in use; empty if that could not be asked
 * @param walPending how many of them no checkpoint has brought into the file yet; empty if that
 *     could not be asked
 * @param journalBytes the length of the {@code -journal} file; 0 if there is none
 * @see <a href="https://www.sqlite.org/fileformat2.html#the_database_header">SQLite file format,
 *     The Database Header</a>
 */
public record DatabaseFacts(
    long fileBytes,
    int pageSize,
    long pages,
    long freePages,
    boolean wal,
    String encoding,
    String autoVacuum,
    int userVersion,
    int applicationId,
    long schemaVersion,
    int writerVersion,
    OptionalLong tables,
    OptionalLong indexes,
    long walBytes,
    OptionalLong walFrames,
    OptionalLong walPending,
    long journalBytes) {

  /** Checks that nothing is missing. */
  public DatabaseFacts {
    Objects.requireNonNull(encoding, "encoding");
    Objects.requireNonNull(autoVacuum, "autoVacuum");
    Objects.requireNonNull(tables, "tables");
    Objects.requireNonNull(indexes, "indexes");
    Objects.requireNonNull(walFrames, "walFrames");
    Objects.requireNonNull(walPending, "walPending");
  }

  /** Reads them from a file's first 100 bytes; empty if those are not of a SQLite database. */
  static Optional<DatabaseFacts> ofHeader(
      byte[] header, long fileBytes, long walBytes, long journalBytes) {
    Optional<DatabaseHeader> known = DatabaseHeader.parse(header);
    if (known.isEmpty()) {
      return Optional.empty();
    }
    ByteBuffer b = ByteBuffer.wrap(header);
    int pageSize = known.get().pageSize();
    // The count of pages is right only if whoever changed the file last knew that field.
    boolean counted = b.getInt(24) == b.getInt(92) && b.getInt(28) != 0;
    return Optional.of(
        new DatabaseFacts(
            fileBytes,
            pageSize,
            counted ? Integer.toUnsignedLong(b.getInt(28)) : fileBytes / pageSize,
            Integer.toUnsignedLong(b.getInt(36)),
            known.get().wal(),
            switch (b.getInt(56)) {
              case 2 -> "UTF-16le";
              case 3 -> "UTF-16be";
              default -> "UTF-8";
            },
            b.getInt(52) == 0 ? "none" : b.getInt(64) == 0 ? "full" : "incremental",
            b.getInt(60),
            b.getInt(68),
            Integer.toUnsignedLong(b.getInt(40)),
            b.getInt(96),
            OptionalLong.empty(),
            OptionalLong.empty(),
            walBytes,
            OptionalLong.empty(),
            OptionalLong.empty(),
            journalBytes));
  }

  /** Returns the same with what is known of the log. */
  DatabaseFacts withLog(long frames, long pending) {
    return new DatabaseFacts(
        fileBytes,
        pageSize,
        pages,
        freePages,
        wal,
        encoding,
        autoVacuum,
        userVersion,
        applicationId,
        schemaVersion,
        writerVersion,
        tables,
        indexes,
        walBytes,
        OptionalLong.of(frames),
        OptionalLong.of(pending),
        journalBytes);
  }

  /** Returns the same with what another one says of the files: of the database that was copied. */
  public DatabaseFacts withFilesOf(DatabaseFacts original) {
    return new DatabaseFacts(
        original.fileBytes,
        pageSize,
        pages,
        freePages,
        original.wal,
        encoding,
        autoVacuum,
        userVersion,
        applicationId,
        schemaVersion,
        original.writerVersion,
        tables,
        indexes,
        original.walBytes,
        original.walFrames,
        original.walPending,
        original.journalBytes);
  }

  /** Returns how many bytes the database takes without its log: its pages. */
  public long databaseBytes() {
    return pages * pageSize;
  }

  /** Returns the version of the SQLite that wrote last as people write it; empty if unknown. */
  public Optional<String> writer() {
    return writerVersion <= 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%d.%d.%d",
                writerVersion / 1_000_000,
                writerVersion / 1000 % 1000,
                writerVersion % 1000));
  }
}
