package dev.sidewal.doctor;

/** What can be found out about the store and the replica in it. */
public enum StoreKind implements Kind {
  /** store-unreachable. */
  STORE_UNREACHABLE(
      "store-unreachable",
      Severity.ERROR,
      "Nothing can be shipped and nothing restored.",
      "What was found says how it failed: endpoint, name, network, TLS, or the store itself."),
  /** store-slow. */
  STORE_SLOW(
      "store-slow",
      Severity.WARNING,
      "Each request takes long; restores of many objects and the time until a commit is safe suffer.",
      "Use a store in the same region; look at proxies in between."),
  /** store-reachable. */
  STORE_REACHABLE("store-reachable", Severity.OK, "The store answers.", ""),
  /** credentials-missing. */
  CREDENTIALS_MISSING(
      "credentials-missing",
      Severity.ERROR,
      "Without credentials the store refuses everything.",
      "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile by AWS_PROFILE, or give the machine, pod or task a role. Under systemd and cron the environment of a shell is not there."),
  /** credentials-found. */
  CREDENTIALS_FOUND("credentials-found", Severity.OK, "Credentials were found.", ""),
  /** region-unknown. */
  REGION_UNKNOWN(
      "region-unknown",
      Severity.ERROR,
      "No request can be signed.",
      "Add ?region=NAME to the URL, or set AWS_REGION."),
  /** clock-far-off. */
  CLOCK_FAR_OFF(
      "clock-far-off",
      Severity.ERROR,
      "S3 refuses requests that are more than 15 minutes off, and the times in the history are wrong by as much.",
      "Set the clock right (NTP), and keep it so."),
  /** clock-off. */
  CLOCK_OFF(
      "clock-off",
      Severity.WARNING,
      "Times in the history are this machine's: a restore to a time lands off by as much.",
      "Set the clock right (NTP)."),
  /** clock-fine. */
  CLOCK_FINE("clock-fine", Severity.OK, "The clocks of this machine and of the store agree.", ""),
  /** permission-denied. */
  PERMISSION_DENIED(
      "permission-denied",
      Severity.ERROR,
      "The agent needs it, and the store does not allow it.",
      "Add the statement to the policy; sidewal lifecycle print --format iam URL prints all of them. Look at bucket policies and service control policies too."),
  /** permission-optional-denied. */
  PERMISSION_OPTIONAL_DENIED(
      "permission-optional-denied",
      Severity.NOTE,
      "The agent works without it; some things cannot be done or seen.",
      "docs/lifecycle.md says what each permission is for."),
  /** permission-failed. */
  PERMISSION_FAILED(
      "permission-failed",
      Severity.WARNING,
      "The store neither allowed nor forbade it, but failed; so it is not known.",
      "Run it again; see docs/stores.md for what stores can do."),
  /** permissions-not-tried. */
  PERMISSIONS_NOT_TRIED(
      "permissions-not-tried",
      Severity.NOTE,
      "Writing was not tried (--read-only).",
      "Run it without --read-only; a small probe object is written and removed."),
  /** permissions-granted. */
  PERMISSIONS_GRANTED(
      "permissions-granted", Severity.OK, "Each permission was tried and is granted.", ""),
  /** probe-left. */
  PROBE_LEFT(
      "probe-left",
      Severity.WARNING,
      "The small object by which writing was tried could not be removed. It is no part of the history, and harmless.",
      "Remove it by hand. Where the bucket deletes what is tagged sidewal=retired it goes by itself if it could be tagged."),
  /** conditional-put-ignored. */
  CONDITIONAL_PUT_IGNORED(
      "conditional-put-ignored",
      Severity.WARNING,
      "The store takes If-None-Match and does not heed it: two agents that start at the same instant could both believe to be first, and overwrite each other.",
      "See to it that only one agent runs for each replica; docs/stores.md"),
  /** conditional-put-unsupported. */
  CONDITIONAL_PUT_UNSUPPORTED(
      "conditional-put-unsupported",
      Severity.WARNING,
      "The store refuses If-None-Match: Sidewal looks before it writes, and two agents that start at the same instant could both believe to be first.",
      "See to it that only one agent runs for each replica; docs/stores.md"),
  /** conditional-put-enforced. */
  CONDITIONAL_PUT_ENFORCED(
      "conditional-put-enforced",
      Severity.OK,
      "Objects cannot be overwritten, so two agents cannot mix their histories.",
      ""),
  /** tags-unsupported. */
  TAGS_UNSUPPORTED(
      "tags-unsupported",
      Severity.NOTE,
      "The store has no object tags, or forgets them: what is retired is not deleted by lifecycle rules.",
      "Run sidewal prune regularly, or the agent with --retire delete."),
  /** tags-kept. */
  TAGS_KEPT("tags-kept", Severity.OK, "The store keeps tags.", ""),
  /** lifecycle-endangers-history. */
  LIFECYCLE_ENDANGERS_HISTORY(
      "lifecycle-endangers-history",
      Severity.ERROR,
      "A rule of the bucket deletes or archives history that is still needed.",
      "Switch the rule off or narrow it; sidewal lifecycle check URL"),
  /** lifecycle-incomplete. */
  LIFECYCLE_INCOMPLETE(
      "lifecycle-incomplete",
      Severity.WARNING,
      "The rules do not delete what is retired, or could not be judged: the replica grows.",
      "sidewal lifecycle apply URL"),
  /** lifecycle-unreadable. */
  LIFECYCLE_UNREADABLE(
      "lifecycle-unreadable",
      Severity.NOTE,
      "The rules of the bucket could not be read, so whether one deletes live history cannot be told.",
      "Give s3:GetLifecycleConfiguration, or let the bucket's owner run sidewal lifecycle check URL."),
  /** lifecycle-fine. */
  LIFECYCLE_FINE("lifecycle-fine", Severity.OK, "The rules leave live history alone.", ""),
  /** bucket-versioned. */
  BUCKET_VERSIONED(
      "bucket-versioned",
      Severity.NOTE,
      "The bucket keeps what was deleted: good against accidents, and deleted history costs until the versions expire.",
      "Have a rule for noncurrent versions: sidewal lifecycle apply URL"),
  /** bucket-object-lock. */
  BUCKET_OBJECT_LOCK(
      "bucket-object-lock",
      Severity.NOTE,
      "Object Lock keeps objects for its time, whatever retention or lifecycle rules say.",
      "See that its time is not longer than you want to pay for."),
  /** history-none. */
  HISTORY_NONE(
      "history-none",
      Severity.NOTE,
      "Nothing is there yet; nothing can be restored.",
      "Start the agent, or take a first copy with sidewal backup."),
  /** history-other-replica. */
  HISTORY_OTHER_REPLICA(
      "history-other-replica",
      Severity.ERROR,
      "The history cannot be read as one: objects are damaged, missing, or two replicas are mixed into one place.",
      "sidewal verify --level objects URL; take a new snapshot with sidewal snapshot DB while the database lives."),
  /** history-holes. */
  HISTORY_HOLES(
      "history-holes",
      Severity.ERROR,
      "Transactions are missing: states inside these holes cannot be restored.",
      "Find out who deletes (sidewal lifecycle check URL); sidewal snapshot DB begins a whole chain."),
  /** history-claimed-again. */
  HISTORY_CLAIMED_AGAIN(
      "history-claimed-again",
      Severity.NOTE,
      "More than one run has claimed the replica. That is so after each restart; if two agents run at once, they supersede each other.",
      "If it is many in a short time: look for a second agent, or one that restarts again and again."),
  /** history-old. */
  HISTORY_OLD(
      "history-old",
      Severity.WARNING,
      "The newest object is old. That is right for a database that nobody writes; else nothing is being shipped.",
      "Compare with the database's last change; look whether the agent runs."),
  /** history-restorable. */
  HISTORY_RESTORABLE(
      "history-restorable",
      Severity.OK,
      "The history can be restored to its latest transaction, as its names tell; verify proves it.",
      ""),
  /** replica-same-disk. */
  REPLICA_SAME_DISK(
      "replica-same-disk",
      Severity.WARNING,
      "Replica and database are on one disk: if it fails, both are gone.",
      "Replicate to another disk, machine or bucket."),
  /** replica-directory-missing. */
  REPLICA_DIRECTORY_MISSING(
      "replica-directory-missing",
      Severity.ERROR,
      "The directory is not there, and neither is its parent: a volume that is not mounted?",
      "Mount it, or make the directory."),
  /** replica-directory-unwritable. */
  REPLICA_DIRECTORY_UNWRITABLE(
      "replica-directory-unwritable",
      Severity.ERROR,
      "The agent cannot write there.",
      "Give this user write access to the directory."),
  /** replica-little-room. */
  REPLICA_LITTLE_ROOM(
      "replica-little-room",
      Severity.WARNING,
      "There is less room than a snapshot of the database may take.",
      "Free room there."),
  /** replica-network-directory. */
  REPLICA_NETWORK_DIRECTORY(
      "replica-network-directory",
      Severity.NOTE,
      "The directory is on a network file system: files of a replica need no locks, but an outage there can block the agent.",
      "Nothing, if the mount is reliable; a bucket is better."),
  /** replica-directory-fine. */
  REPLICA_DIRECTORY_FINE(
      "replica-directory-fine",
      Severity.OK,
      "The directory takes what is written, on another disk than the database.",
      "");

  @SuppressWarnings("ImmutableEnumChecker") // A record of strings.
  private final KindText text;

  StoreKind(String id, Severity severity, String meaning, String remedy) {
    this.text = new KindText(id, severity, meaning, remedy);
  }

  @Override
  public KindText text() {
    return text;
  }
}
