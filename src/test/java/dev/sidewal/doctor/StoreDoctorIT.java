package dev.sidewal.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.store.ReplicaUrl;
import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.HttpFault;
import dev.sidewal.testing.S3MockServer;
import dev.sidewal.testing.S3Operation;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ExpirationStatus;
import software.amazon.awssdk.services.s3.model.Tag;

/** A bucket of a server that has tags and rules. */
final class StoreDoctorIT {

  private static S3MockServer server;
  private static FaultyHttpProxy proxy;

  @BeforeAll
  static void start() {
    server = S3MockServer.start();
    server.useInThisJvm();
    proxy = FaultyHttpProxy.before(server);
  }

  @AfterAll
  static void stop() {
    proxy.close();
    server.close();
  }

  private static List<Finding> examine(String prefix, S3Operation... denied) {
    List<S3Operation> operations = List.of(denied);
    proxy.plan(
        (method, path) ->
            operations.contains(S3Operation.of(method, path)) ? HttpFault.DENIED : HttpFault.PASS);
    ReplicaUrl.S3 url = proxy.url(prefix);
    return new StoreDoctor(url, Path.of("no.db"), true, Clock.systemUTC()).examine();
  }

  @Test
  void tagsAreTriedAndKept() {
    List<Finding> findings = examine("kept");
    assertThat(Ids.of(findings))
        .contains("tags-kept", "permissions-granted", "conditional-put-enforced")
        .doesNotContain("tags-unsupported", "probe-left", "bucket-versioned");
    assertThat(Ids.text(findings, StoreKind.PERMISSIONS_GRANTED))
        .contains("s3:PutObjectTagging", "s3:GetObjectTagging", "s3:DeleteObject");
  }

  @Test
  void eachTagPermissionIsNamed() {
    assertThat(Ids.text(examine("put", S3Operation.PUT_TAGS), StoreKind.PERMISSION_DENIED))
        .startsWith("s3:PutObjectTagging is denied");
    assertThat(Ids.text(examine("get", S3Operation.GET_TAGS), StoreKind.PERMISSION_DENIED))
        .startsWith("s3:GetObjectTagging is denied");
  }

  @Test
  void aProbeThatCannotBeDeletedIsTaggedForTheRuleThatDeletes() {
    assertThat(Ids.text(examine("left", S3Operation.DELETE), StoreKind.PROBE_LEFT))
        .contains("it is tagged sidewal=retired");
    try (S3Client client = server.client()) {
      String key =
          client
              .listObjectsV2(r -> r.bucket(server.bucket()).prefix("left/"))
              .contents()
              .get(0)
              .key();
      assertThat(client.getObjectTagging(r -> r.bucket(server.bucket()).key(key)).tagSet())
          .containsExactly(Tag.builder().key("sidewal").value("retired").build());
    }
  }

  @Test
  void rulesThatDeleteLiveHistoryAreTold() {
    assertThat(Ids.of(examine("rules")))
        .contains("lifecycle-incomplete")
        .doesNotContain("lifecycle-endangers-history");
    try (S3Client client = server.client()) {
      client.putBucketLifecycleConfiguration(
          r ->
              r.bucket(server.bucket())
                  .lifecycleConfiguration(
                      c ->
                          c.rules(
                              List.of(
                                  software.amazon.awssdk.services.s3.model.LifecycleRule.builder()
                                      .id("old")
                                      .status(ExpirationStatus.ENABLED)
                                      .filter(f -> f.prefix("rules/"))
                                      .expiration(e -> e.days(7))
                                      .build()))));
      try {
        assertThat(Ids.text(examine("rules"), StoreKind.LIFECYCLE_ENDANGERS_HISTORY))
            .contains("old");
        assertThat(Ids.of(examine("other"))).doesNotContain("lifecycle-endangers-history");
      } finally {
        client.deleteBucketLifecycle(r -> r.bucket(server.bucket()));
      }
    }
  }
}
