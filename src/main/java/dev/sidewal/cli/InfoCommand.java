package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import dev.sidewal.error.NoBackupException;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.UnrecordedSteps;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sidewal info}: what a replica holds and what can be restored from it. */
@Command(
    name = "info",
    description = {
      "Shows what a replica holds: generations, snapshots, what can be restored.",
      "Lists the replica and reads its claims; no segment is read.",
    },
    footer = {"", "Example:", "  sidewal info s3://bucket/app"})
final class InfoCommand extends SidewalCommand {

  @Mixin private final ReplicaArgument replica = new ReplicaArgument();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  InfoCommand(CliContext context) {
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
    Timeline timeline;
    List<Long> steps;
    try (ObjectStore store = ObjectStores.open(replica.url())) {
      timeline = Timeline.load(store);
      steps = UnrecordedSteps.find(store, timeline);
    }
    if (timeline.isEmpty()) {
      throw new NoBackupException(
          "There is no backup at "
              + timeline.listing().location()
              + ": the store answered, and no transaction was ever recorded there. Check the URL.");
    }
    InfoReport report = new InfoReport(timeline, steps, context().clock().instant());
    if (json) {
      context().out().document(report.fields());
    } else {
      report.lines(context().out()::line);
    }
    return ExitCode.DONE.code();
  }
}
