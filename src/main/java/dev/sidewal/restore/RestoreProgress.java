package dev.sidewal.restore;

/** Gets told how far a restore is. Called by one thread at a time, often; must return quickly. */
@FunctionalInterface
public interface RestoreProgress {

  /** Listens to nothing. */
  RestoreProgress NONE = (phase, done, total) -> {};

  /** What a restore is doing. */
  enum Phase {
    /** Reading objects and writing pages; bytes are those of the objects. */
    RESTORING,
    /** Reading the file back; bytes are those of the file. */
    VERIFYING,
    /** Reading objects to check them; bytes are those of the objects. */
    READING,
    /** SQLite checks the file; its progress is not known, done stays 0. */
    CHECKING
  }

  /**
   * Tells how far it is.
   *
   * @param phase what is being done
   * @param done bytes done in this phase, from 0 to {@code total}
   * @param total bytes of this phase
   */
  void progress(Phase phase, long done, long total);
}
