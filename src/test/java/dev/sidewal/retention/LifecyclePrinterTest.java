package dev.sidewal.retention;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sidewal.store.ReplicaUrl;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What other tools are given. */
class LifecyclePrinterTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static LifecyclePrinter printer(String url, boolean versioned) {
    return new LifecyclePrinter((ReplicaUrl.S3) ReplicaUrl.parse(url), versioned);
  }

  @Test
  void jsonIsWhatTheAwsToolTakes() throws Exception {
    JsonNode json = JSON.valueToTree(printer("s3://bucket/app", true).json());
    assertThat(json)
        .isEqualTo(
            JSON.readTree(
                """
                {"Rules": [
                  {"ID": "sidewal-retired", "Status": "Enabled",
                   "Filter": {"And": {"Prefix": "app/",
                     "Tags": [{"Key": "sidewal", "Value": "retired"}]}},
                   "Expiration": {"Days": 1}},
                  {"ID": "sidewal-uploads", "Status": "Enabled", "Filter": {"Prefix": "app/"},
                   "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
                  {"ID": "sidewal-noncurrent", "Status": "Enabled", "Filter": {"Prefix": "app/"},
                   "Expiration": {"ExpiredObjectDeleteMarker": true},
                   "NoncurrentVersionExpiration": {"NoncurrentDays": 7}}]}
                """));
    assertThat(JSON.<JsonNode>valueToTree(printer("s3://bucket", false).json()))
        .isEqualTo(
            JSON.readTree(
                """
                {"Rules": [
                  {"ID": "sidewal-retired", "Status": "Enabled",
                   "Filter": {"Tag": {"Key": "sidewal", "Value": "retired"}},
                   "Expiration": {"Days": 1}},
                  {"ID": "sidewal-uploads", "Status": "Enabled", "Filter": {"Prefix": ""},
                   "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]}
                """));
  }

  @Test
  void terraformHasTheSameRules() {
    assertThat(printer("s3://bucket/app", true).terraform())
        .isEqualTo(
            """
            resource "aws_s3_bucket_lifecycle_configuration" "sidewal" {
              bucket = "bucket"

              rule {
                id     = "sidewal-retired"
                status = "Enabled"

                filter {
                  and {
                    prefix = "app/"
                    tags = {
                      sidewal = "retired"
                    }
                  }
                }

                expiration {
                  days = 1
                }
              }

              rule {
                id     = "sidewal-uploads"
                status = "Enabled"

                filter {
                  prefix = "app/"
                }

                abort_incomplete_multipart_upload {
                  days_after_initiation = 7
                }
              }

              rule {
                id     = "sidewal-noncurrent"
                status = "Enabled"

                filter {
                  prefix = "app/"
                }

                expiration {
                  expired_object_delete_marker = true
                }

                noncurrent_version_expiration {
                  noncurrent_days = 7
                }
              }
            }
            """);
    assertThat(printer("s3://bucket", false).terraform())
        .contains(
            """
                filter {
                  tag {
                    key   = "sidewal"
                    value = "retired"
                  }
                }
            """);
    assertThat(printer("s3://bucket/a$%7Bb%7D%22", false).terraform())
        .contains("prefix = \"a$${b}\\\"/\"");
  }

  @Test
  void theAgentMayNotDeleteAndRestoreMayOnlyRead() throws Exception {
    JsonNode iam = JSON.valueToTree(printer("s3://bucket/app", false).iam());
    assertThat(actions(iam.get("agent")))
        .containsExactly(
            "s3:ListBucket on arn:aws:s3:::bucket",
            "s3:GetLifecycleConfiguration on arn:aws:s3:::bucket",
            "s3:GetBucketVersioning on arn:aws:s3:::bucket",
            "s3:GetObject on arn:aws:s3:::bucket/app/*",
            "s3:PutObject on arn:aws:s3:::bucket/app/*",
            "s3:AbortMultipartUpload on arn:aws:s3:::bucket/app/*",
            "s3:GetObjectTagging on arn:aws:s3:::bucket/app/*",
            "s3:PutObjectTagging on arn:aws:s3:::bucket/app/*");
    assertThat(actions(iam.get("restore")))
        .containsExactly(
            "s3:ListBucket on arn:aws:s3:::bucket", "s3:GetObject on arn:aws:s3:::bucket/app/*");
    assertThat(actions(iam.get("prune")))
        .contains(
            "s3:DeleteObject on arn:aws:s3:::bucket/app/*",
            "s3:PutObjectTagging on arn:aws:s3:::bucket/app/*")
        .noneMatch(action -> action.startsWith("s3:PutObject on"));
    assertThat(iam.at("/agent/Statement/0/Condition"))
        .isEqualTo(JSON.readTree("{\"StringLikeIfExists\": {\"s3:prefix\": \"app/*\"}}"));
    assertThat(iam.get("agentDeletesSegments"))
        .isEqualTo(
            JSON.readTree(
                """
                {"Sid": "DeleteCoveredSegments", "Effect": "Allow", "Action": ["s3:DeleteObject"],
                 "Resource": "arn:aws:s3:::bucket/app/generations/*/segments/*"}
                """));
  }

  @Test
  void aReplicaThatIsTheBucketMayListAll() {
    JsonNode iam = JSON.valueToTree(printer("s3://bucket", false).iam());
    assertThat(iam.at("/agent/Statement/0").has("Condition")).isFalse();
    assertThat(actions(iam.get("restore"))).contains("s3:GetObject on arn:aws:s3:::bucket/*");
  }

  @Test
  void wildcardsInAPrefixAreNoWildcards() {
    JsonNode iam = JSON.valueToTree(printer("s3://bucket/a*b%3F", false).iam());
    assertThat(actions(iam.get("restore")))
        .contains("s3:GetObject on arn:aws:s3:::bucket/a${*}b${?}/*");
  }

  private static List<String> actions(JsonNode policy) {
    List<String> actions = new ArrayList<>();
    assertThat(policy.get("Version").asText()).isEqualTo("2012-10-17");
    for (JsonNode statement : policy.get("Statement")) {
      assertThat(statement.get("Effect").asText()).isEqualTo("Allow");
      statement
          .get("Action")
          .forEach(a -> actions.add(a.asText() + " on " + statement.get("Resource").asText()));
    }
    return actions;
  }
}
