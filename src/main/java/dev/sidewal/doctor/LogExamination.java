package dev.sidewal.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How long the log is, and whether what is in it comes back into the database file. */
record LogExamination(Subject subject, HeaderFacts facts, Watch watch) implements Examination {

  /** SQLite takes a checkpoint by itself after so many frames, unless told otherwise. */
  private static final long AUTO_CHECKPOINT = 1000;

  private static final long WAITING = 4 * AUTO_CHECKPOINT;
  private static final long LARGE = 64L << 20;
  private static final long ALWAYS_LARGE = 1L << 30;

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    if (!subject.exists() || !facts.wal()) {
      return findings;
    }
    long bytes = Subject.length(subject.log());
    if (bytes > ALWAYS_LARGE || (bytes > LARGE && bytes > facts.length() / 2)) {
      findings.add(
          new Finding(
              UseKind.LOG_LARGE,
              String.format(
                  Locale.ROOT,
                  "%s has %s, %.1f times the database (%s)%s.",
                  subject.log(),
                  Figures.bytes(bytes),
                  bytes / (double) Math.max(1, facts.length()),
                  Figures.bytes(facts.length()),
                  watch
                      .log()
                      .map(log -> "; " + log.frames() + " pages of it are in use")
                      .orElse(""))));
    }
    long waiting = watch.waitedAlways();
    boolean inTheWay = watch.seen(HeldLock::isReadMark) || watch.seen(HeldLock::isWriter);
    if (waiting >= 2 * AUTO_CHECKPOINT && !inTheWay) {
      findings.add(
          new Finding(
              UseKind.CHECKPOINTS_OFF,
              "At least "
                  + waiting
                  + " pages waited to be copied back "
                  + watch.text()
                  + "; by default SQLite copies after "
                  + AUTO_CHECKPOINT
                  + ". No reader and no writer was seen."));
    } else if (waiting >= WAITING) {
      findings.add(
          new Finding(
              UseKind.LOG_NOT_COPIED_BACK,
              "At least "
                  + waiting
                  + " pages ("
                  + Figures.bytes(waiting * facts.pageSize())
                  + ") waited to be copied back "
                  + watch.text()
                  + "."));
    }
    if (bytes > 0 && watch.log().isEmpty()) {
      findings.add(
          new Finding(
              UseKind.LOG_UNKNOWN,
              "The log has " + Figures.bytes(bytes) + "; SQLite gave no answer."));
    }
    if (findings.isEmpty()) {
      findings.add(
          new Finding(
              UseKind.LOG_FINE,
              "The log has "
                  + Figures.bytes(bytes)
                  + watch
                      .log()
                      .map(l -> "; " + l.waiting() + " of " + l.frames() + " pages wait")
                      .orElse("")
                  + "."));
    }
    return findings;
  }
}
