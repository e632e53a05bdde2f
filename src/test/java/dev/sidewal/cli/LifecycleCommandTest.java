package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.error.ExitCode;
import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import org.junit.jupiter.api.Test;

/** {@code sidewal lifecycle} without a store, and with one that has no rules. */
final class LifecycleCommandTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void printNeedsNoStore() throws Exception {
    CliRun json = CliRun.of("lifecycle", "print", "--retention", "30d", "s3://bucket/app");
    assertThat(json.code()).isZero();
    assertThat(JSON.readTree(json.out()).get("Rules")).hasSize(2);
    assertThat(json.err())
        .startsWith("note: put-bucket-lifecycle-configuration replaces all rules of the bucket")
        .contains("only when the window (30d 0h) has passed");

    CliRun terraform =
        CliRun.of("lifecycle", "print", "--format", "Terraform", "s3://bucket/app").succeeded();
    assertThat(terraform.out())
        .startsWith("# The rules are the same for every retention window")
        .contains("\nresource \"aws_s3_bucket_lifecycle_configuration\" \"sidewal\" {\n");

    CliRun iam = CliRun.of("lifecycle", "print", "--format", "iam", "s3://bucket/app").succeeded();
    JsonNode policies = JSON.readTree(iam.out());
    assertThat(policies.fieldNames())
        .toIterable()
        .containsExactly("agent", "restore", "prune", "agentDeletesSegments");
    assertThat(
            JSON.readTree(CliRun.of("lifecycle", "print", "--versioned", "s3://bucket").out())
                .get("Rules"))
        .hasSize(3);
  }

  @Test
  void aDirectoryHasNoRulesAndNothingToFear() throws Exception {
    CliRun text = CliRun.of("lifecycle", "check", "file:///srv/backup/app").succeeded();
    assertThat(text.out())
        .contains("replica     file:///srv/backup/app\n")
        .contains("note        The store of file:///srv/backup/app has no lifecycle rules")
        .contains("run 'sidewal prune' from time to time");
    JsonNode json =
        JSON.readTree(
            CliRun.of("lifecycle", "check", "--json", "file:///srv/backup/app").succeeded().out());
    assertThat(json.get("fits").asBoolean()).isTrue();
    assertThat(json.at("/findings/0/kind").asText()).isEqualTo("no-lifecycle");
    assertThat(json.at("/findings/0/rule").isNull()).isTrue();
  }

  @Test
  void aStoreThatAnswers501HasNoRules() {
    try (S3Server server = S3ProxyServer.start()) {
      server.useInThisJvm();
      String url = server.url("app").toString();
      assertThat(CliRun.of("lifecycle", "check", url).succeeded().out())
          .contains("has no lifecycle rules", "sidewal prune");
      assertThat(CliRun.of("lifecycle", "apply", url).failedWith(ExitCode.STORE).err())
          .contains("the store has none. 'sidewal prune' deletes what is retired there");
    }
  }
}
