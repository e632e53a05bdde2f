package dev.sidewal.doctor;

import dev.sidewal.doctor.UserIdentity.Ownership;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a user can open the database as replication needs it, and whether what SQLite would make
 * for that user is of use to the application, for which the owner of the database is taken.
 */
record PermissionExamination(Subject subject, UserIdentity user, Path stateDirectory)
    implements Examination {

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    Optional<Ownership> database = Ownership.of(subject.real());
    Optional<Ownership> directory = Ownership.of(subject.directory());
    if (!subject.exists() || database.isEmpty() || directory.isEmpty()) {
      return findings;
    }
    if (!user.mayReadAndWrite(database.get())) {
      findings.add(finding(MachineKind.PERMISSION_DATABASE, subject.real(), database.get()));
    }
    boolean makesFiles = user.mayMakeFiles(directory.get());
    if (!makesFiles) {
      findings.add(finding(MachineKind.PERMISSION_DIRECTORY, subject.directory(), directory.get()));
    }
    UserIdentity owner = new UserIdentity(database.get().uid(), Set.of(database.get().gid()));
    for (Path sidecar : List.of(subject.log(), subject.shm())) {
      Ownership.of(sidecar)
          .filter(o -> !user.mayReadAndWrite(o) || !owner.mayReadAndWrite(o))
          .ifPresent(o -> findings.add(sidecar(sidecar, o, owner)));
    }
    if (makesFiles && !Files.exists(subject.shm())) {
      foreign(database.get(), directory.get(), owner).ifPresent(findings::add);
    }
    Optional<Ownership> state = Ownership.of(stateDirectory);
    if (state.isPresent() && !user.mayMakeFiles(state.get())) {
      findings.add(finding(MachineKind.PERMISSION_STATE_DIRECTORY, stateDirectory, state.get()));
    }
    if (findings.isEmpty()) {
      findings.add(
          new Finding(
              MachineKind.PERMISSIONS_FINE,
              who(user) + " may read and write " + subject.real() + " (" + database.get() + ")."));
    }
    return findings;
  }

  private Finding finding(MachineKind kind, Path file, Ownership ownership) {
    return new Finding(kind, who(user) + " may not write " + file + " (" + ownership + ").");
  }

  private Finding sidecar(Path sidecar, Ownership ownership, UserIdentity owner) {
    boolean ownerMay = owner.mayReadAndWrite(ownership);
    UserIdentity shutOut = ownerMay ? user : owner;
    return new Finding(
        MachineKind.PERMISSION_SIDECAR,
        sidecar
            + " belongs to "
            + ownership
            + "; "
            + who(shutOut)
            + (ownerMay ? "" : ", the owner of the database,")
            + " may not read and write it.");
  }

  /** SQLite gives what it makes the mode of the database; as root its owner and group too. */
  private Optional<Finding> foreign(Ownership database, Ownership directory, UserIdentity owner) {
    if (user.uid() == 0 || user.uid() == database.uid()) {
      return Optional.empty();
    }
    boolean inherits = (directory.mode() & 02000) != 0;
    int gid = inherits ? directory.gid() : user.gids().stream().findFirst().orElse(-1);
    Ownership made = new Ownership(user.uid(), gid, database.mode());
    return owner.mayReadAndWrite(made)
        ? Optional.empty()
        : Optional.of(
            new Finding(
                MachineKind.SIDECAR_WOULD_BE_FOREIGN,
                "A -shm made by "
                    + who(user)
                    + " would have "
                    + made
                    + "; "
                    + who(owner)
                    + ", the owner of the database, may not write that."));
  }

  private static String who(UserIdentity user) {
    return "uid " + user.uid();
  }
}
