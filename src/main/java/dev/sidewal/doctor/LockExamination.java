package dev.sidewal.doctor;

import dev.sidewal.sqlite.FileUser;
import dev.sidewal.sqlite.FileUsers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Who keeps others waiting, and who keeps the log. */
record LockExamination(
    Subject subject, HeaderFacts facts, FileUsers use, LiveDatabase.Opened opened, Watch watch)
    implements Examination {

  /** A log of at least so many bytes is worth a warning when a reader keeps it. */
  private static final long NOTEWORTHY_LOG = 4L << 20;

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    if (!subject.exists()) {
      return findings;
    }
    Set<Long> exclusive = watch.stayed(HeldLock::isExclusive);
    if (!exclusive.isEmpty()) {
      findings.add(
          new Finding(
              UseKind.EXCLUSIVE_LOCK,
              who(exclusive) + " held the exclusive lock " + watch.text() + "."));
    } else if (opened.busy()) {
      findings.add(
          new Finding(
              UseKind.DATABASE_LOCKED,
              "Reading it failed with: " + opened.trouble() + ". " + holders()));
    }
    Set<Long> writers = watch.stayed(HeldLock::isWriter);
    writers.removeAll(exclusive);
    if (!writers.isEmpty() && watch.quiet()) {
      findings.add(
          new Finding(
              UseKind.WRITE_LOCK_HELD,
              who(writers)
                  + " held the write lock "
                  + watch.text()
                  + ", and nothing was committed."));
    }
    readers(findings);
    if (!use.unseen().isEmpty()) {
      findings.add(
          new Finding(
              UseKind.LOCK_HOLDERS_UNSEEN, "Not seen: " + String.join("; ", use.unseen()) + "."));
    }
    if (findings.stream().noneMatch(LockExamination::isInTheWay)) {
      findings.add(new Finding(UseKind.LOCKS_FREE, "Seen " + watch.text() + "; " + openIn()));
    }
    return findings;
  }

  private void readers(List<Finding> findings) {
    Set<Long> readers = watch.stayed(HeldLock::isReadMark);
    Set<Long> agents =
        use.others().stream()
            .filter(LockExamination::isAgent)
            .map(FileUser::pid)
            .collect(Collectors.toSet());
    Set<Long> others = new TreeSet<>(readers);
    others.removeAll(agents);
    if (!others.isEmpty()) {
      long log = Subject.length(subject.log());
      findings.add(
          new Finding(
              log >= NOTEWORTHY_LOG ? UseKind.LONG_READER : UseKind.READER_STAYS,
              who(others)
                  + " held the same read mark of the log "
                  + watch.text()
                  + "; the log has "
                  + Figures.bytes(log)
                  + "."));
    }
    if (!agents.isEmpty()) {
      findings.add(new Finding(UseKind.READER_IS_SIDEWAL, who(agents) + " is the agent."));
    }
  }

  private static boolean isInTheWay(Finding finding) {
    return finding.kind() != UseKind.LOCK_HOLDERS_UNSEEN && finding.severity() != Severity.OK;
  }

  private String openIn() {
    int users = use.others().size();
    return users == 0
        ? "no other process that can be seen from here has it open."
        : users + (users == 1 ? " process has" : " processes have") + " it open.";
  }

  private String holders() {
    Set<Long> all =
        watch.looks().stream()
            .flatMap(look -> look.locks().stream())
            .map(HeldLock::pid)
            .collect(Collectors.toCollection(TreeSet::new));
    return all.isEmpty()
        ? "No holder of a lock can be seen from here: it may be in another container or on another"
            + " host."
        : "Locks are held by " + who(all) + ".";
  }

  /** Returns whether a process is Sidewal's agent, by its command. */
  static boolean isAgent(FileUser user) {
    return user.command().matches(".*sidewal.*\\breplicate\\b.*");
  }

  /** Returns how a process is named in findings. */
  static String text(FileUser user) {
    return "process " + user.pid() + " (" + user.command() + ")";
  }

  private String who(Set<Long> pids) {
    List<FileUser> users = use.others();
    return pids.stream()
        .map(
            pid ->
                users.stream()
                    .filter(user -> user.pid() == pid)
                    .findFirst()
                    .map(LockExamination::text)
                    .orElse("process " + pid))
        .collect(Collectors.joining(", "));
  }
}
