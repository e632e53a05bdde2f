package dev.sidewal.doctor;

import dev.sidewal.sqlite.FileUser;
import dev.sidewal.sqlite.FileUsers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether a SQLite with the WAL-reset bug works on the database. */
record SqliteExamination(Subject subject, HeaderFacts facts, FileUsers use, Path proc)
    implements Examination {

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    if (!subject.exists() || facts.header().isEmpty()) {
      return findings;
    }
    String writer = SqliteVersion.text(facts.lastWriter());
    if (SqliteVersion.isAffected(facts.lastWriter())) {
      findings.add(
          new Finding(
              FileKind.SQLITE_WAL_RESET_BUG_LAST_WRITER,
              "The file was last written by SQLite "
                  + writer
                  + " (bytes 96 to 99 of its header)."));
    }
    List<String> good = new ArrayList<>();
    for (FileUser user : use.others()) {
      if (LockExamination.isAgent(user)) {
        continue; // Its SQLite is in a file that was removed once it was loaded; it is known.
      }
      Optional<LoadedSqlite> loaded = LoadedSqlite.of(proc.resolve(Long.toString(user.pid())));
      if (loaded.isEmpty()) {
        findings.add(
            new Finding(
                FileKind.SQLITE_VERSION_UNKNOWN,
                "In " + LockExamination.text(user) + " no source id of SQLite was found."));
      } else if (SqliteVersion.isAffected(loaded.get().source())) {
        findings.add(
            new Finding(
                FileKind.SQLITE_WAL_RESET_BUG_LOADED,
                LockExamination.text(user) + loadedText(loaded.get())));
      } else {
        good.add(LockExamination.text(user) + loadedText(loaded.get()));
      }
    }
    if (findings.isEmpty()) {
      findings.add(
          new Finding(
              FileKind.SQLITE_VERSION_GOOD,
              "Last written by SQLite "
                  + writer
                  + (good.isEmpty() ? "." : "; " + String.join(" ", good))));
    }
    return findings;
  }

  private static String loadedText(LoadedSqlite loaded) {
    return " has " + loaded.file() + " with a SQLite of " + loaded.source() + ".";
  }
}
