package dev.sidewal.cli;

import dev.sidewal.store.ReplicaUrl;
import picocli.CommandLine.Parameters;

/** The replica that a command is about. */
final class ReplicaArgument {

  @Parameters(
      paramLabel = "URL",
      arity = "1",
      converter = ReplicaUrlConverter.class,
      description = "The replica: s3://bucket/prefix or file:///dir.")
  private ReplicaUrl url;

  /** Returns its URL. */
  ReplicaUrl url() {
    return url;
  }
}
