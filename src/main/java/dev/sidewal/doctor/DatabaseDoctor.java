package dev.sidewal.doctor;

import dev.sidewal.sqlite.FileUsers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Examines a database and what it lies on.
 *
 * @param database as it was given
 * @param watch how long locks and log are watched
 * @param stateDirectory where the agent keeps its state for the database
 * @param user whose permissions are examined; empty for the one of this process
 */
public record DatabaseDoctor(
    Path database, Duration watch, Path stateDirectory, Optional<User> user)
    implements Examination {

  private static final Path PROC = Path.of("/proc");

  /** Checks for nulls. */
  public DatabaseDoctor {
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(watch, "watch");
    Objects.requireNonNull(stateDirectory, "stateDirectory");
    Objects.requireNonNull(user, "user");
  }

  /**
   * A user and a group.
   *
   * @param uid number
   * @param gid number
   */
  public record User(int uid, int gid) {}

  @Override
  public List<Finding> examine() {
    Subject subject = Subject.of(database);
    HeaderFacts facts = HeaderFacts.of(subject);
    FileUsers use = FileUsers.of(subject.real());
    List<Finding> findings = new ArrayList<>();
    LiveDatabase.Opened opened =
        facts.header().isPresent()
            ? LiveDatabase.open(subject, facts.wal())
            : new LiveDatabase.Opened(Optional.empty(), false, "");
    try {
      Watch seen = Watch.over(subject, opened.database(), watch);
      Stream.of(
              new FileExamination(subject, facts, use, opened.database()),
              new LockExamination(subject, facts, use, opened, seen),
              new LogExamination(subject, facts, seen),
              new SqliteExamination(subject, facts, use, PROC),
              new FileSystemExamination(subject),
              new SpaceExamination(subject, stateDirectory))
          .forEach(examination -> findings.addAll(examination.examine()));
    } finally {
      opened.database().ifPresent(LiveDatabase::close);
    }
    user.map(u -> new UserIdentity(u.uid(), Set.of(u.gid())))
        .or(() -> UserIdentity.current(PROC))
        .ifPresent(
            who ->
                findings.addAll(new PermissionExamination(subject, who, stateDirectory).examine()));
    return findings;
  }
}
