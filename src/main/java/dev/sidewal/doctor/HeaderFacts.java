package dev.sidewal.doctor;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.sqlite.DatabaseFile;
import dev.sidewal.sqlite.DatabaseHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What the first hundred bytes of the file say.
 *
 * @param length of the file in bytes
 * @param header empty if it is no SQLite database
 * @param bytes as they are
 * @param trouble why they could not be read; empty text if they could
 */
record HeaderFacts(long length, Optional<DatabaseHeader> header, ByteBuffer bytes, String trouble) {

  /** Reads them, through the one descriptor that this process may have. */
  static HeaderFacts of(Subject subject) {
    ByteBuffer none = ByteBuffer.allocate(DatabaseHeader.LENGTH);
    try {
      Optional<DatabaseFile> file = DatabaseFile.open(subject.real());
      if (file.isEmpty()) {
        return new HeaderFacts(0, Optional.empty(), none, "there is no such file");
      }
      try {
        byte[] bytes = new byte[DatabaseHeader.LENGTH];
        file.get().read(0, bytes, 0, bytes.length);
        return new HeaderFacts(
            file.get().length(), DatabaseHeader.parse(bytes), ByteBuffer.wrap(bytes), "");
      } finally {
        file.get().release();
      }
    } catch (IOException | DatabaseException e) {
      return new HeaderFacts(
          Subject.length(subject.real()), Optional.empty(), none, String.valueOf(e.getMessage()));
    }
  }

  /** Returns whether the file is in WAL mode. */
  boolean wal() {
    return header.map(DatabaseHeader::wal).orElse(false);
  }

  int pageSize() {
    return header.map(DatabaseHeader::pageSize).orElse(0);
  }

  /** Returns which SQLite wrote last, such as 3040001; 0 if none did. */
  int lastWriter() {
    return bytes.getInt(96);
  }

  /** Returns a sentence about settings that stay in the file. */
  String text() {
    int encoding = bytes.getInt(56);
    boolean autoVacuum = bytes.getInt(52) != 0;
    int application = bytes.getInt(68);
    return Figures.bytes(length)
        + ", pages of "
        + pageSize()
        + " bytes, "
        + (wal() ? "WAL mode" : "rollback-journal mode")
        + ", "
        + (encoding == 2 ? "UTF-16le" : encoding == 3 ? "UTF-16be" : "UTF-8")
        + ", auto_vacuum "
        + (!autoVacuum ? "none" : bytes.getInt(64) != 0 ? "incremental" : "full")
        + (application == 0 ? "" : ", application id " + application)
        + ".";
  }
}
