package dev.sidewal.backup;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.restore.OutputFile;
import dev.sidewal.restore.RestoreProgress;
import dev.sidewal.sqlite.CopiedPages;
import dev.sidewal.sqlite.DatabaseHeader;
import dev.sidewal.sqlite.PageHash;
import dev.sidewal.sqlite.Pages;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** What can be told of a copy from its bytes alone. */
final class DatabaseBytes {

  private static final int CHUNK = 1 << 20;
  private static final int FORMAT_VERSIONS_AT = 18;
  private static final byte ROLLBACK_JOURNAL = 1;

  private DatabaseBytes() {}

  /** Copies a file that nobody changes into an output, and returns what it is. */
  static CopiedPages copy(Path from, OutputFile out) throws IOException {
    byte[] buffer = new byte[CHUNK];
    long at = 0;
    try (InputStream in = Files.newInputStream(from)) {
      for (int n = in.readNBytes(buffer, 0, CHUNK); n > 0; n = in.readNBytes(buffer, 0, CHUNK)) {
        out.write(at, buffer, 0, n);
        at += n;
      }
    }
    out.end(at);
    return of(out);
  }

  /** Reads what was written, and returns what it is. */
  static CopiedPages of(OutputFile out) {
    return of(out, RestoreProgress.NONE);
  }

  /** Reads what was written, and returns what it is. */
  static CopiedPages of(OutputFile out, RestoreProgress progress) {
    long length = out.length();
    if (length == 0) {
      return new CopiedPages(0, 0, 0);
    }
    byte[] buffer = new byte[CHUNK];
    byte[] header = new byte[DatabaseHeader.LENGTH];
    if (length >= header.length) {
      out.read(0, header, header.length);
    }
    int pageSize =
        DatabaseHeader.parse(header)
            .map(DatabaseHeader::pageSize)
            .orElseThrow(() -> new DatabaseException("The copy is not a SQLite database."));
    long lockBytePage = Pages.lockBytePage(pageSize);
    long checksum = 0;
    for (long at = 0; at < length; at += CHUNK) {
      int n = (int) Math.min(CHUNK, length - at);
      out.read(at, buffer, n);
      for (int i = 0; i + pageSize <= n; i += pageSize) {
        long page = (at + i) / pageSize + 1;
        if (page != lockBytePage) {
          checksum ^= PageHash.hash(page, buffer, i, pageSize);
        }
      }
      progress.progress(RestoreProgress.Phase.VERIFYING, at + n, length);
    }
    return new CopiedPages(pageSize, length / pageSize, checksum);
  }

  /** Writes into the header of a copy that its journal mode is a rollback journal. */
  static CopiedPages withRollbackJournal(OutputFile out, CopiedPages pages) {
    if (pages.pages() == 0) {
      return pages;
    }
    byte[] first = new byte[pages.pageSize()];
    out.read(0, first, first.length);
    long before = PageHash.hash(1, first, 0, first.length);
    first[FORMAT_VERSIONS_AT] = ROLLBACK_JOURNAL;
    first[FORMAT_VERSIONS_AT + 1] = ROLLBACK_JOURNAL;
    out.write(0, first, 0, first.length);
    return new CopiedPages(
        pages.pageSize(),
        pages.pages(),
        pages.checksum() ^ before ^ PageHash.hash(1, first, 0, first.length));
  }
}
