package dev.sidewal.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sidewal.agent.ReplicationOptions;
import dev.sidewal.doctor.AgentExamination;
import dev.sidewal.doctor.AgentState;
import dev.sidewal.doctor.DatabaseDoctor;
import dev.sidewal.doctor.Diagnosis;
import dev.sidewal.doctor.Examination;
import dev.sidewal.doctor.StoreDoctor;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.SidewalException;
import dev.sidewal.error.UsageException;
import dev.sidewal.store.ReplicaUrl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sidewal doctor}: what would go wrong, and how to mend it. */
@Command(
    name = "doctor",
    description = {
      "Examines a database, what it lies on, and with URL the store: what is or would go wrong, what",
      "it means for the data and what to do. The database is not changed. On the store a small",
      "object is written and removed, beside the history, unless --read-only is given.",
    },
    footer = {"", "Example:", "  sidewal doctor /srv/app.db s3://bucket/app"})
final class DoctorCommand extends SidewalCommand {

  private static final Pattern USER = Pattern.compile("(\\d{1,9})(?::(\\d{1,9}))?");

  private static final Duration LONGEST = Duration.ofMinutes(10);

  @Parameters(paramLabel = "DB", arity = "1", index = "0", description = "The database.")
  private Path database;

  @Parameters(
      paramLabel = "URL",
      arity = "0..1",
      index = "1",
      converter = ReplicaUrlConverter.class,
      description = "The replica: s3://bucket/prefix or file:///dir.")
  private Optional<ReplicaUrl> url = Optional.empty();

  @Option(
      names = "--watch",
      paramLabel = "TIME",
      defaultValue = "2s",
      converter = Quantities.DurationConverter.class,
      description = {
        "How long locks and log are watched: what is there all the time is called long (default",
        "${DEFAULT-VALUE}).",
      })
  private Duration watch;

  @Option(
      names = "--as-user",
      paramLabel = "UID[:GID]",
      description = {
        "Whose permissions are examined, by numbers. Default: those of the user who runs this.",
      })
  private Optional<String> user = Optional.empty();

  @Option(
      names = "--state-dir",
      paramLabel = "DIR",
      description = "Where the agent keeps its state; default: beside the database.")
  private Optional<Path> stateDirectory = Optional.empty();

  @Option(names = "--read-only", description = "Write nothing to the store, not even for trying.")
  private boolean readOnly;

  @Option(names = "--strict", description = "Exit with 8 also if there are only warnings.")
  private boolean strict;

  @Mixin private final AgentClient agent = new AgentClient();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  DoctorCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.of(
        ExitCode.DONE,
        ExitCode.UNEXPECTED,
        ExitCode.USAGE,
        ExitCode.STORE,
        ExitCode.VERIFICATION_FAILED,
        ExitCode.DATABASE);
  }

  @Override
  int run() {
    if (watch.compareTo(LONGEST) > 0) {
      throw new UsageException(
          "--watch is "
              + watch.toHours()
              + "h; at most "
              + LONGEST.toMinutes()
              + "m are looked at");
    }
    List<Examination> examinations = new ArrayList<>();
    examinations.add(askAgent());
    Path state = stateDirectory.orElseGet(() -> ReplicationOptions.defaultStateDirectory(database));
    examinations.add(new DatabaseDoctor(database, watch, state, user.map(DoctorCommand::user)));
    url.ifPresent(
        u -> examinations.add(new StoreDoctor(u, database, !readOnly, context().clock())));
    Diagnosis diagnosis = Diagnosis.of(examinations.stream());
    DoctorReport report = new DoctorReport(database, url, diagnosis);
    if (json) {
      context().out().document(report.fields());
    } else {
      report.lines(context().out()::line);
    }
    ExitCode code = report.exitCode(strict);
    if (code != ExitCode.DONE) {
      context().err().line("error: " + report.summary());
    }
    return code.code();
  }

  private static DatabaseDoctor.User user(String text) {
    Matcher m = USER.matcher(text);
    if (!m.matches()) {
      throw new UsageException("'" + text + "' is no user: write --as-user UID or UID:GID");
    }
    int uid = Integer.parseInt(m.group(1));
    return new DatabaseDoctor.User(
        uid, Optional.ofNullable(m.group(2)).map(Integer::parseInt).orElse(uid));
  }

  /** A wrong endpoint or token is told as a failure; that none answers is a finding. */
  private Examination askAgent() {
    try {
      Path wanted = database.toAbsolutePath().normalize();
      for (JsonNode node : agent.status().path("databases")) {
        if (Path.of(node.path("database").asText()).equals(wanted)) {
          return new AgentExamination(Optional.of(state(node)), "");
        }
      }
      return new AgentExamination(
          Optional.of(new AgentState(agent.endpoint(), false, "", true, "", Duration.ZERO)), "");
    } catch (UsageException e) {
      throw e;
    } catch (SidewalException e) {
      return new AgentExamination(Optional.empty(), e.getMessage());
    }
  }

  private AgentState state(JsonNode node) {
    return new AgentState(
        agent.endpoint(),
        true,
        node.path("state").asText(),
        node.path("alive").asBoolean(),
        node.path("trouble").asText(),
        Duration.ofMillis((long) (node.path("lagSeconds").asDouble() * 1000)));
  }
}
