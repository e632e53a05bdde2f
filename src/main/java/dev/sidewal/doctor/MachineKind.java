package dev.sidewal.doctor;

/** What can be found out about the machine, the disk, the users and the agent. */
public enum MachineKind implements Kind {
  /** network-file-system. */
  NETWORK_FILE_SYSTEM(
      "network-file-system",
      Severity.ERROR,
      "WAL mode does not work over a network: the log's index is shared memory of one host, and locks are unreliable. Sooner or later the database is damaged.",
      "Move the database to a local disk. https://www.sqlite.org/wal.html#noshm"),
  /** fuse-file-system. */
  FUSE_FILE_SYSTEM(
      "fuse-file-system",
      Severity.WARNING,
      "Whether locks and shared memory work on it depends on the program behind it.",
      "Use a local disk if it is not known to be safe."),
  /** memory-file-system. */
  MEMORY_FILE_SYSTEM(
      "memory-file-system",
      Severity.WARNING,
      "The file system is in memory: a restart of the machine or container takes the database with it.",
      "Move the database to a disk, or be sure that a restore runs before each start."),
  /** container-layer. */
  CONTAINER_LAYER(
      "container-layer",
      Severity.NOTE,
      "The file lies in the container's own layer (overlay): it is gone with the container.",
      "Put the database on a volume, or restore before each start."),
  /** read-only-file-system. */
  READ_ONLY_FILE_SYSTEM(
      "read-only-file-system",
      Severity.ERROR,
      "Neither the application nor Sidewal can open it in WAL mode.",
      "Mount it for writing; a disk with errors is often mounted again read-only: look at the kernel's log."),
  /** file-system-local. */
  FILE_SYSTEM_LOCAL("file-system-local", Severity.OK, "A local file system.", ""),
  /** no-room. */
  NO_ROOM(
      "no-room",
      Severity.ERROR,
      "The disk is full or nearly so: the application's next commits fail, and the spool cannot take what waits for the store.",
      "Free room now."),
  /** little-room. */
  LITTLE_ROOM(
      "little-room",
      Severity.WARNING,
      "There is less room than database and log take: a restore beside it, VACUUM or a log that grows would fill the disk.",
      "Free room, restore to another disk, or move the state directory with --state-dir."),
  /** few-inodes. */
  FEW_INODES(
      "few-inodes",
      Severity.ERROR,
      "No new files can be made, also none of -wal, -shm and the spool.",
      "Remove small files on that file system."),
  /** room-enough. */
  ROOM_ENOUGH("room-enough", Severity.OK, "There is room for a second copy.", ""),
  /** permission-database. */
  PERMISSION_DATABASE(
      "permission-database",
      Severity.ERROR,
      "This user may not read and write the database file. In WAL mode readers too need write access, to take locks.",
      "Run as the application's user or group; chmod g+rw with a common group."),
  /** permission-directory. */
  PERMISSION_DIRECTORY(
      "permission-directory",
      Severity.ERROR,
      "This user may not make files beside the database, as -wal, -shm and the state directory need it.",
      "Give the group write access to the directory, or run as its owner."),
  /** permission-sidecar. */
  PERMISSION_SIDECAR(
      "permission-sidecar",
      Severity.ERROR,
      "A -wal or -shm that one of the users may not write: \"attempt to write a readonly database\" or \"unable to open database file\". Mostly left by a program that was once run as another user, root for instance.",
      "chown it to the owner of the database; do not delete it. Run all programs as one user, or with a common group and umask 0007."),
  /** sidecar-would-be-foreign. */
  SIDECAR_WOULD_BE_FOREIGN(
      "sidecar-would-be-foreign",
      Severity.WARNING,
      "If this user comes first, the -wal and -shm that SQLite makes belong to it, and the owner of the database may not write them.",
      "Run as the owner, or chmod g+rw the database and its directory for a common group."),
  /** permission-state-directory. */
  PERMISSION_STATE_DIRECTORY(
      "permission-state-directory",
      Severity.WARNING,
      "The agent cannot keep its state beside the database, so it does not start.",
      "Make it writable, or name another with --state-dir."),
  /** permissions-fine. */
  PERMISSIONS_FINE("permissions-fine", Severity.OK, "This user can do what replication needs.", ""),
  /** agent-trouble. */
  AGENT_TROUBLE(
      "agent-trouble",
      Severity.WARNING,
      "The agent is in trouble with this database; commits may exist on this disk only.",
      "docs/troubleshooting.md has the messages; sidewal status shows more."),
  /** agent-not-alive. */
  AGENT_NOT_ALIVE(
      "agent-not-alive",
      Severity.ERROR,
      "The replication of this database has ended: what is committed now exists on this disk only.",
      "Look at the agent's log and restart it."),
  /** agent-lagging. */
  AGENT_LAGGING(
      "agent-lagging",
      Severity.WARNING,
      "Commits wait to be shipped longer than they should: they exist on this disk only.",
      "Look at the store findings, then at the agent's log."),
  /** agent-superseded. */
  AGENT_SUPERSEDED(
      "agent-superseded",
      Severity.ERROR,
      "Another agent has taken over the replica; this one ships nothing any more.",
      "Decide which is right, stop the other one, start it again."),
  /** agent-other-databases. */
  AGENT_OTHER_DATABASES(
      "agent-other-databases",
      Severity.WARNING,
      "An agent answers and does not replicate this database.",
      "Add the database to its configuration, or start one for it."),
  /** agent-not-there. */
  AGENT_NOT_THERE(
      "agent-not-there",
      Severity.NOTE,
      "No agent answers at the endpoint. If one should run, nothing is replicated now.",
      "Start it, or give its address with --endpoint."),
  /** agent-fine. */
  AGENT_FINE(
      "agent-fine", Severity.OK, "The agent follows the database and ships what is committed.", "");

  @SuppressWarnings("ImmutableEnumChecker") // A record of strings.
  private final KindText text;

  MachineKind(String id, Severity severity, String meaning, String remedy) {
    this.text = new KindText(id, severity, meaning, remedy);
  }

  @Override
  public KindText text() {
    return text;
  }
}
