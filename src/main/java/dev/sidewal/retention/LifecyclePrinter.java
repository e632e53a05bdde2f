package dev.sidewal.retention;

import dev.sidewal.store.ReplicaUrl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The rules and the permissions of a replica as other tools want them. Asks no store anything.
 *
 * @param url the replica
 * @param versioned whether the bucket is versioned
 */
public record LifecyclePrinter(ReplicaUrl.S3 url, boolean versioned) {

  /** Checks for nulls. */
  public LifecyclePrinter {
    Objects.requireNonNull(url, "url");
  }

  /** Returns the document for {@code aws s3api put-bucket-lifecycle-configuration}. */
  public Map<String, Object> json() {
    List<Object> rules = new ArrayList<>();
    for (WantedRules.Kind kind : WantedRules.kinds(versioned)) {
      rules.add(WantedRules.rule(kind, kind.id(), WantedRules.prefixOf(url), true));
    }
    return Map.of("Rules", rules);
  }

  /** Returns a resource for Terraform. */
  public String terraform() {
    StringBuilder text =
        new StringBuilder("resource \"aws_s3_bucket_lifecycle_configuration\" \"sidewal\" {\n")
            .append("  bucket = ")
            .append(quoted(url.bucket()))
            .append('\n');
    for (WantedRules.Kind kind : WantedRules.kinds(versioned)) {
      text.append("\n  rule {\n    id     = ")
          .append(quoted(kind.id()))
          .append("\n    status = \"Enabled\"\n\n")
          .append(filterBlock(kind))
          .append('\n')
          .append(actionBlock(kind))
          .append("  }\n");
    }
    return text.append("}\n").toString();
  }

  private String filterBlock(WantedRules.Kind kind) {
    String prefix = quoted(WantedRules.prefixOf(url));
    if (kind != WantedRules.Kind.RETIRED) {
      return "    filter {\n      prefix = " + prefix + "\n    }\n";
    }
    if (url.prefix().isEmpty()) {
      return "    filter {\n      tag {\n        key   = "
          + quoted(RetiredTag.NAME)
          + "\n        value = "
          + quoted(RetiredTag.RETIRED)
          + "\n      }\n    }\n";
    }
    return "    filter {\n      and {\n        prefix = "
        + prefix
        + "\n        tags = {\n          "
        + RetiredTag.NAME
        + " = "
        + quoted(RetiredTag.RETIRED)
        + "\n        }\n      }\n    }\n";
  }

  private static String actionBlock(WantedRules.Kind kind) {
    return switch (kind) {
      case RETIRED -> "    expiration {\n      days = " + WantedRules.RETIRED_DAYS + "\n    }\n";
      case UPLOADS ->
          "    abort_incomplete_multipart_upload {\n      days_after_initiation = "
              + WantedRules.UPLOAD_DAYS
              + "\n    }\n";
      case NONCURRENT ->
          "    expiration {\n      expired_object_delete_marker = true\n    }\n\n"
              + "    noncurrent_version_expiration {\n      noncurrent_days = "
              + WantedRules.NONCURRENT_DAYS
              + "\n    }\n";
    };
  }

  /** Returns a string of Terraform's language. */
  private static String quoted(String text) {
    return '"'
        + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("${", "$${").replace("%{", "%%{")
        + '"';
  }

  /**
   * Returns three IAM policies by the names {@code agent}, {@code restore} and {@code prune}, and a
   * statement {@code agentDeletesSegments} that may be added to the first.
   */
  public Map<String, Object> iam() {
    Map<String, Object> policies = new LinkedHashMap<>();
    policies.put(
        "agent",
        policy(
            list(),
            statement(
                "ReadRules", bucketArn(), "s3:GetLifecycleConfiguration", "s3:GetBucketVersioning"),
            statement(
                "WriteHistory",
                objectArn("*"),
                "s3:GetObject",
                "s3:PutObject",
                "s3:AbortMultipartUpload",
                "s3:GetObjectTagging",
                "s3:PutObjectTagging")));
    policies.put(
        "restore", policy(list(), statement("ReadHistory", objectArn("*"), "s3:GetObject")));
    policies.put(
        "prune",
        policy(
            list(),
            statement(
                "DeleteRetired",
                objectArn("*"),
                "s3:GetObject",
                "s3:DeleteObject",
                "s3:GetObjectTagging",
                "s3:PutObjectTagging")));
    policies.put(
        "agentDeletesSegments",
        statement(
            "DeleteCoveredSegments", objectArn("generations/*/segments/*"), "s3:DeleteObject"));
    return policies;
  }

  /** Returns the statement of the agent's or the prune policy that allows an action. */
  public Optional<Map<String, Object>> statementThatAllows(String action) {
    return Stream.of("agent", "prune")
        .map(name -> (Map<?, ?>) iam().get(name))
        .flatMap(policy -> ((List<?>) policy.get("Statement")).stream())
        .map(LifecyclePrinter::fields)
        .filter(statement -> ((List<?>) statement.get("Action")).contains(action))
        .findFirst();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> fields(Object statement) {
    return (Map<String, Object>) statement;
  }

  /**
   * A HEAD or GET of an object that is not there is answered with 404 only to those who may list,
   * and that question has no prefix: with a plain StringLike it would be 403.
   */
  private Map<String, Object> list() {
    Map<String, Object> list = statement("ListReplica", bucketArn(), "s3:ListBucket");
    if (!url.prefix().isEmpty()) {
      list.put(
          "Condition",
          Map.of(
              "StringLikeIfExists", Map.of("s3:prefix", escaped(WantedRules.prefixOf(url)) + "*")));
    }
    return list;
  }

  private static Map<String, Object> policy(Object... statements) {
    Map<String, Object> policy = new LinkedHashMap<>();
    policy.put("Version", "2012-10-17");
    policy.put("Statement", List.of(statements));
    return policy;
  }

  private static Map<String, Object> statement(String id, String resource, String... actions) {
    Map<String, Object> statement = new LinkedHashMap<>();
    statement.put("Sid", id);
    statement.put("Effect", "Allow");
    statement.put("Action", List.of(actions));
    statement.put("Resource", resource);
    return statement;
  }

  private String bucketArn() {
    return "arn:aws:s3:::" + url.bucket();
  }

  private String objectArn(String pattern) {
    return bucketArn() + "/" + escaped(WantedRules.prefixOf(url)) + pattern;
  }

  /** In policies an asterisk and a question mark are wildcards, and a dollar begins a variable. */
  private static String escaped(String text) {
    return text.replace("$", "${$}").replace("*", "${*}").replace("?", "${?}");
  }
}
