package dev.sidewal.cli;

import dev.sidewal.agent.Version;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.NoBackupException;
import dev.sidewal.retention.RetentionPass;
import dev.sidewal.retention.RetentionPolicy;
import dev.sidewal.retention.RetireMode;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sidewal prune}: deletes what retention does not need. */
@Command(
    name = "prune",
    description = {
      "Lists what of a replica is older than what is to be kept, and deletes it with --confirm.",
      "At least one image older than the time given stays, with everything since.",
    },
    footer = {
      "",
      "Examples:",
      "  sidewal prune --retention 30d file:/srv/backup/app",
      "  sidewal prune --retention 7d --hourly-retention 30d --daily-retention 365d --confirm"
          + " s3://bucket/app"
    })
final class PruneCommand extends SidewalCommand {

  @Mixin private final ReplicaArgument replica = new ReplicaArgument();

  @Option(
      names = "--retention",
      paramLabel = "TIME",
      required = true,
      converter = Quantities.DurationConverter.class,
      description = "How long every transaction stays restorable, such as 7d.")
  private Duration retention;

  @Mixin private final TierFlags tiers = new TierFlags();

  @Option(names = "--confirm", description = "Delete. Without it, nothing is changed.")
  private boolean confirm;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  PruneCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.of(
        ExitCode.DONE,
        ExitCode.UNEXPECTED,
        ExitCode.USAGE,
        ExitCode.NO_BACKUP,
        ExitCode.STORE,
        ExitCode.HISTORY_DAMAGED);
  }

  @Override
  int run() {
    RetentionPolicy policy = tiers.policy(retention);
    try (ObjectStore store = ObjectStores.open(replica.url())) {
      RetentionPass pass =
          new RetentionPass(
              store, policy, RetireMode.DELETE, context().clock(), "sidewal " + Version.number());
      RetentionPass.Prepared prepared = pass.prepare();
      if (prepared.timeline().isEmpty()) {
        throw new NoBackupException(
            "There is no backup at "
                + store.location()
                + ": the store answered, and no transaction was ever recorded there. Check the"
                + " URL.");
      }
      if (confirm) {
        pass.carryOut(prepared);
      }
      PruneReport report = new PruneReport(prepared, confirm, context().clock().instant(), policy);
      if (json) {
        context().out().document(report.fields());
      } else {
        report.lines(context().out()::line);
      }
      prepared.failures().forEach(f -> context().err().line("warning: " + f));
      return prepared.failures().isEmpty() ? ExitCode.DONE.code() : ExitCode.HISTORY_DAMAGED.code();
    }
  }
}
