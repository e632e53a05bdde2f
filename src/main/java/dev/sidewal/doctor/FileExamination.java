package dev.sidewal.doctor;

import dev.sidewal.sqlite.FileUser;
import dev.sidewal.sqlite.FileUsers;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The database file, its names, and what lies beside it. */
record FileExamination(
    Subject subject, HeaderFacts facts, FileUsers use, Optional<LiveDatabase> database)
    implements Examination {

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    if (!subject.exists()) {
      findings.add(
          new Finding(FileKind.DATABASE_MISSING, "There is no file " + subject.named() + "."));
      if (Files.exists(subject.log())) {
        findings.add(
            new Finding(
                FileKind.LOG_WITHOUT_DATABASE,
                subject.log() + " has " + Figures.bytes(Subject.length(subject.log())) + "."));
      }
      return findings;
    }
    content(findings);
    names(findings);
    beside(findings);
    return findings;
  }

  private void content(List<Finding> findings) {
    if (!facts.trouble().isEmpty()) {
      findings.add(new Finding(FileKind.DATABASE_UNREADABLE, facts.trouble()));
    } else if (facts.length() == 0) {
      findings.add(new Finding(FileKind.DATABASE_EMPTY, subject.real() + " has no content."));
    } else if (facts.header().isEmpty()) {
      findings.add(
          new Finding(
              FileKind.NOT_A_DATABASE,
              subject.real() + " (" + Figures.bytes(facts.length()) + ") has no SQLite header."));
    } else {
      findings.add(new Finding(FileKind.DATABASE_FACTS, subject.real() + ": " + facts.text()));
      if (!facts.wal()) {
        findings.add(
            new Finding(
                FileKind.JOURNAL_MODE_NOT_WAL, "The file is in rollback-journal mode, not WAL."));
      }
    }
    if (LiveDatabase.isHot(subject.journal())) {
      findings.add(
          new Finding(
              FileKind.HOT_JOURNAL,
              subject.journal()
                  + " has a transaction in it ("
                  + Figures.bytes(Subject.length(subject.journal()))
                  + "); "
                  + openBy()));
    }
    if (facts.wal() && Subject.length(subject.log()) > 0 && use.others().isEmpty()) {
      findings.add(
          new Finding(
              FileKind.LOG_LEFT_BEHIND,
              subject.log()
                  + " has "
                  + Figures.bytes(Subject.length(subject.log()))
                  + ", and no process that can be seen from here has it open."));
    }
  }

  private String openBy() {
    List<FileUser> users = use.others();
    return users.isEmpty()
        ? "no process that can be seen from here has the database open."
        : "open in "
            + LockExamination.text(users.get(0))
            + (users.size() > 1 ? " and others." : ".");
  }

  private void names(List<Finding> findings) {
    if (!subject.named().equals(subject.real()) && Files.isSymbolicLink(subject.named())) {
      findings.add(
          new Finding(
              FileKind.OPENED_BY_SYMLINK, subject.named() + " leads to " + subject.real() + "."));
    }
    try {
      int links = ((Number) Files.getAttribute(subject.real(), "unix:nlink")).intValue();
      if (links > 1) {
        findings.add(
            new Finding(
                FileKind.SEVERAL_NAMES,
                subject.real() + " is one of " + links + " names of the same file."));
      }
    } catch (IOException | UnsupportedOperationException e) {
      return; // A system without hard links, or without that question.
    }
  }

  private void beside(List<Finding> findings) {
    String name = subject.real().getFileName().toString();
    Path litestream = subject.real().resolveSibling("." + name + "-litestream");
    boolean tables = database.map(FileExamination::hasLitestreamTables).orElse(false);
    if (Files.isDirectory(litestream) || tables) {
      findings.add(
          new Finding(
              FileKind.ANOTHER_BACKUP_TOOL,
              Files.isDirectory(litestream)
                  ? litestream + " is Litestream's state directory."
                  : "The database has Litestream's table _litestream_seq."));
    }
    List<Path> unfinished = new ArrayList<>();
    try (DirectoryStream<Path> all =
        Files.newDirectoryStream(
            subject.directory(),
            p -> p.getFileName().toString().startsWith("." + name + ".sidewal-"))) {
      all.forEach(unfinished::add);
    } catch (IOException e) {
      return; // What may not be listed is told by the permissions.
    }
    if (!unfinished.isEmpty()) {
      findings.add(
          new Finding(
              FileKind.UNFINISHED_FILES,
              unfinished.size()
                  + " of them, "
                  + Figures.bytes(unfinished.stream().mapToLong(Subject::length).sum())
                  + " together, such as "
                  + unfinished.get(0)
                  + "."));
    }
  }

  private static boolean hasLitestreamTables(LiveDatabase database) {
    try {
      return !database
          .text("SELECT name FROM sqlite_schema WHERE name = '_litestream_seq'")
          .isEmpty();
    } catch (SQLException e) {
      return false; // A damaged schema is for the check command.
    }
  }
}
