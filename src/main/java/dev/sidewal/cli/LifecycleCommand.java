package dev.sidewal.cli;

import dev.sidewal.error.ExitCode;
import dev.sidewal.error.UsageException;
import dev.sidewal.error.VerificationFailedException;
import dev.sidewal.retention.BucketRules;
import dev.sidewal.retention.LifecycleFinding;
import dev.sidewal.retention.LifecyclePrinter;
import dev.sidewal.store.BucketLifecycle;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sidewal lifecycle}: the rules by which a bucket deletes what is retired. */
@Command(
    name = "lifecycle",
    description = {
      "Prints, applies or checks the lifecycle rules by which a bucket deletes what is retired,",
      "and nothing else.",
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  sidewal lifecycle check s3://bucket/app",
      "  sidewal lifecycle apply s3://bucket/app",
      "  sidewal lifecycle print --format terraform s3://bucket/app"
    })
final class LifecycleCommand implements Runnable {

  @Spec private CommandSpec spec;

  /** Returns the commands below it. */
  static List<SidewalCommand> commands(CliContext context) {
    return List.of(new Print(context), new Apply(context), new Check(context));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say what to do: print, apply or check");
  }

  /** What all of them are told. */
  private static final class Target {
    @Parameters(
        paramLabel = "URL",
        arity = "1",
        converter = ReplicaUrlConverter.class,
        description = "The replica: s3://bucket/prefix.")
    private ReplicaUrl url;

    @Option(
        names = "--retention",
        paramLabel = "DURATION",
        converter = Quantities.DurationConverter.class,
        description = {
          "How long every transaction stays restorable, such as 30d. The rules do not depend on",
          "it: objects are tagged for deletion only when it has passed.",
        })
    private Optional<Duration> retention = Optional.empty();

    /** Returns what is to be known of the retention window, as a sentence. */
    String explanation() {
      String window = retention.map(r -> " (" + Texts.duration(r) + ")").orElse("");
      return "The rules are the same for every retention window: an object is tagged"
          + " sidewal=retired only when the window"
          + window
          + " has passed and nothing inside it needs the object. Then the store deletes it, as a"
          + " rule in the night after.";
    }
  }

  /** Returns the fields of a report that {@code check} and {@code apply} share. */
  private static Map<String, Object> fields(BucketRules.Report report) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("replica", report.location());
    fields.put("fits", report.verdict().fits());
    fields.put("rules", report.rules());
    fields.put("versioning", report.versioning().name().toLowerCase(Locale.ROOT));
    fields.put(
        "findings", report.verdict().findings().stream().map(LifecycleCommand::fields).toList());
    return fields;
  }

  private static Map<String, Object> fields(LifecycleFinding finding) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
    fields.put("kind", finding.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    fields.put("rule", finding.rule());
    fields.put("message", finding.message());
    return fields;
  }

  private static void lines(BucketRules.Report report, Output out) {
    out.line("replica     " + report.location());
    out.line("rules       " + report.rules());
    out.line("versioning  " + report.versioning().name().toLowerCase(Locale.ROOT));
    for (LifecycleFinding finding : report.verdict().findings()) {
      out.line(
          String.format(
              Locale.ROOT,
              "%-11s %s",
              finding.severity() == LifecycleFinding.Severity.ERROR
                  ? "ERROR"
                  : finding.severity().name().toLowerCase(Locale.ROOT),
              finding.message()));
    }
  }

  /** {@code sidewal lifecycle print}. */
  @Command(
      name = "print",
      description = {
        "Prints the rules, or the permissions that go with them, for other tools. Asks no store.",
      },
      footer = {
        "",
        "Examples:",
        "  sidewal lifecycle print s3://bucket/app > rules.json",
        "  sidewal lifecycle print --format iam s3://bucket/app"
      })
  static final class Print extends SidewalCommand {
    @Mixin private final Target target = new Target();

    @Option(
        names = "--format",
        paramLabel = "FORMAT",
        description = {
          "json: for 'aws s3api put-bucket-lifecycle-configuration'; terraform: a resource; iam:",
          "policies for agent, restore and prune (default json).",
        })
    private Format format = Format.JSON;

    @Option(
        names = "--versioned",
        description = "The bucket is versioned: add the rule for noncurrent versions.")
    private boolean versioned;

    /** For which tool. */
    enum Format {
      JSON,
      TERRAFORM,
      IAM;

      @Override
      public String toString() {
        return name().toLowerCase(Locale.ROOT);
      }
    }

    Print(CliContext context) {
      super(context);
    }

    @Override
    Set<ExitCode> exitCodes() {
      return EnumSet.of(ExitCode.DONE, ExitCode.UNEXPECTED, ExitCode.USAGE);
    }

    @Override
    int run() {
      if (!(target.url instanceof ReplicaUrl.S3 s3)) {
        throw noBucket(target.url);
      }
      LifecyclePrinter printer = new LifecyclePrinter(s3, versioned);
      switch (format) {
        case TERRAFORM -> {
          context().out().line("# " + target.explanation());
          context().out().text(printer.terraform());
        }
        case IAM -> context().out().document(printer.iam());
        case JSON -> {
          context().out().document(printer.json());
          context()
              .err()
              .line(
                  "note: put-bucket-lifecycle-configuration replaces all rules of the bucket; 'sidewal"
                      + " lifecycle apply' keeps the others. A store that drops the tag from the"
                      + " filter would delete everything: 'apply' finds that out, other tools do"
                      + " not. "
                      + target.explanation());
        }
      }
      return ExitCode.DONE.code();
    }
  }

  /** {@code sidewal lifecycle apply}. */
  @Command(
      name = "apply",
      description = {
        "Adds the rules to those that the bucket has, which stay as they are. Does nothing when",
        "they are there, and refuses when another rule endangers live history.",
      },
      footer = {"", "Example:", "  sidewal lifecycle apply s3://bucket/app"})
  static final class Apply extends SidewalCommand {
    @Mixin private final Target target = new Target();

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    Apply(CliContext context) {
      super(context);
    }

    @Override
    Set<ExitCode> exitCodes() {
      return EnumSet.of(
          ExitCode.DONE,
          ExitCode.UNEXPECTED,
          ExitCode.USAGE,
          ExitCode.STORE,
          ExitCode.VERIFICATION_FAILED);
    }

    @Override
    int run() {
      if (!(target.url instanceof ReplicaUrl.S3 s3)) {
        throw noBucket(target.url);
      }
      try (BucketLifecycle bucket = ObjectStores.openLifecycle(s3).orElseThrow()) {
        BucketRules.Change change = new BucketRules(bucket, s3.prefix()).apply();
        if (json) {
          Map<String, Object> fields = new LinkedHashMap<>();
          fields.put("changes", change.changes());
          fields.putAll(fields(change.after()));
          context().out().document(fields);
        } else {
          change.changes().forEach(context().out()::line);
          if (change.changes().isEmpty()) {
            context().out().line("nothing to change");
          }
          lines(change.after(), context().out());
          context().out().line(target.explanation());
        }
      }
      return ExitCode.DONE.code();
    }
  }

  /** {@code sidewal lifecycle check}. */
  @Command(
      name = "check",
      description = {
        "Checks that the bucket deletes what is retired, and that no rule touches live history.",
      },
      footer = {"", "Example:", "  sidewal lifecycle check --json s3://bucket/app"})
  static final class Check extends SidewalCommand {
    @Mixin private final Target target = new Target();

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    Check(CliContext context) {
      super(context);
    }

    @Override
    Set<ExitCode> exitCodes() {
      return EnumSet.of(
          ExitCode.DONE,
          ExitCode.UNEXPECTED,
          ExitCode.USAGE,
          ExitCode.STORE,
          ExitCode.VERIFICATION_FAILED);
    }

    @Override
    int run() {
      BucketRules.Report report = BucketRules.check(target.url);
      if (json) {
        context().out().document(fields(report));
      } else {
        lines(report, context().out());
      }
      if (!report.verdict().fits()) {
        throw new VerificationFailedException(
            "The lifecycle rules do not fit "
                + report.location()
                + (report.verdict().dangers().isEmpty() ? "." : ": live history is in danger."));
      }
      return ExitCode.DONE.code();
    }
  }

  private static UsageException noBucket(ReplicaUrl url) {
    return new UsageException(
        url
            + " is a directory, and has no lifecycle rules: 'sidewal prune' deletes what is retired"
            + " there");
  }
}
