package dev.sidewal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.testing.S3Server;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;

/** The conformance tests on an S3 server, and what only a bucket can show. */
abstract class S3Conformance extends ObjectStoreConformance {

  abstract S3Server server();

  @Override
  ObjectStore openStore(String place) {
    return server().open(place);
  }

  @Override
  long unfinishedUploads() {
    try (S3Client client = server().client()) {
      return client
          .listMultipartUploads(r -> r.bucket(server().bucket()).prefix(place))
          .uploads()
          .stream()
          .filter(upload -> upload.key().startsWith(place))
          .count();
    }
  }

  @Override
  List<String> tagsOf(String key) {
    try (S3Client client = server().client()) {
      return client
          .getObjectTagging(r -> r.bucket(server().bucket()).key(place + "/" + key))
          .tagSet()
          .stream()
          .map(tag -> tag.key() + "=" + tag.value())
          .toList();
    }
  }

  @Test
  void aPrefixMayHoldOddCharacters() throws Exception {
    String odd = place + "/with space+plus&ä";
    try (ObjectStore other = server().open(odd)) {
      other.putIfAbsent("k/1", Payload.of(new byte[] {1}));
      List<String> keys = new ArrayList<>();
      other.list("k", info -> keys.add(info.key()));
      assertThat(keys).containsExactly("k/1");
      assertThat(other.head("k/1")).isPresent();
      assertThat(ReplicaUrl.parse(other.location())).isEqualTo(server().url(odd));
      other.delete("k/1");
    }
  }

  @Test
  void neighboursOfThePrefixAreNotListed() {
    put("mine", "x");
    try (ObjectStore neighbour = server().open(place + "-neighbour")) {
      neighbour.putIfAbsent("theirs", Payload.of(new byte[] {1}));
      assertThat(keys("")).containsExactly("mine");
      neighbour.delete("theirs");
    }
  }
}
