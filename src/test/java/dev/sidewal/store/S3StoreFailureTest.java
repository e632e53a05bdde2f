package dev.sidewal.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sidewal.error.StoreException;
import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/** What a real server refuses, and servers that are not there. */
class S3StoreFailureTest {

  private static S3Server server;

  @BeforeAll
  static void start() {
    server = S3ProxyServer.start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void aWrongSecretIsSaidPlainly() {
    try (S3ObjectStore store =
        S3ObjectStore.open(server.url("p"), credentials(S3Server.ACCESS_KEY, "wrong-secret"))) {
      StoreException e =
          catchThrowableOfType(
              StoreException.class, () -> store.putIfAbsent("a", Payload.of(new byte[1])));

      assertThat(e)
          .hasMessageContaining("Could not write a in s3://")
          .hasMessageContaining("secret key does not belong to the access key")
          .hasMessageContaining("SignatureDoesNotMatch");
      assertThat(e.getMessage()).doesNotContain("wrong-secret");
      assertThat(e.retriable()).isFalse();
      assertThatThrownBy(() -> store.list("", info -> {}))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("SignatureDoesNotMatch");
      assertThatThrownBy(() -> store.head("a"))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("denied");
    }
  }

  @Test
  void anUnknownAccessKeyIsSaidPlainly() {
    try (S3ObjectStore store =
        S3ObjectStore.open(server.url("p"), credentials("nobody", "wrong-secret"))) {
      StoreException e =
          catchThrowableOfType(StoreException.class, () -> store.list("", info -> {}));
      assertThat(e).hasMessageContaining("does not know the access key");
      assertThat(e.retriable()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "head", "get", "put", "large", "delete"})
  void aMissingBucketIsNoEmptyPlace(String operation) {
    ReplicaUrl.S3 url =
        new ReplicaUrl.S3(
            "no-such-bucket", "p", Optional.of(server.endpoint()), Optional.of("us-east-1"), true);
    try (S3ObjectStore store = S3ObjectStore.open(url, server.credentials())) {
      StoreException e =
          catchThrowableOfType(
              StoreException.class,
              () -> {
                switch (operation) {
                  case "list" -> store.list("", info -> {});
                  case "head" -> store.head("a");
                  case "get" -> store.get("a", 0, 1);
                  case "put" -> store.putIfAbsent("a", Payload.of(new byte[1]));
                  case "large" -> {
                    try (ObjectUpload upload = store.newUpload("a")) {
                      upload.write(new byte[9 << 20], 0, 9 << 20);
                    }
                  }
                  default -> store.delete("a");
                }
              });
      assertThat(e).hasMessageContaining("bucket 'no-such-bucket' does not exist");
      assertThat(e.retriable()).isFalse();
    }
  }

  @Test
  @Timeout(10)
  void nothingListensThere() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    try (S3ObjectStore store = store("http://127.0.0.1:" + port)) {
      StoreException e =
          catchThrowableOfType(StoreException.class, () -> store.list("", info -> {}));
      assertThat(e).hasMessageContaining("nothing answers at http://127.0.0.1:" + port);
      assertThat(e.retriable()).isTrue();
      assertThatThrownBy(() -> store.putIfAbsent("a", Payload.of(new byte[1])))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("nothing answers");
    }
  }

  @Test
  @Timeout(30)
  void anUnknownHostIsNamed() {
    try (S3ObjectStore store = store("http://no-such-host.invalid:9000")) {
      StoreException e = catchThrowableOfType(StoreException.class, () -> store.head("a"));
      assertThat(e)
          .hasMessageContaining("no-such-host.invalid")
          .hasMessageContaining("cannot be resolved");
      assertThat(e.retriable()).isTrue();
    }
  }

  @Test
  void missingCredentialsAreSaidPlainly() {
    AwsCredentialsProvider none =
        () -> {
          throw SdkClientException.create("Unable to load credentials");
        };
    try (S3ObjectStore store = S3ObjectStore.open(server.url("p"), none)) {
      StoreException e = catchThrowableOfType(StoreException.class, () -> store.head("a"));
      assertThat(e)
          .hasMessageContaining("No credentials were found")
          .hasMessageContaining("AWS_ACCESS_KEY_ID");
      assertThat(e.retriable()).isFalse();
    }
  }

  @Test
  void aPayloadThatCannotBeReadIsNotTheStoresFault() {
    Payload unreadable =
        new Payload() {
          @Override
          public long length() {
            return 10;
          }

          @Override
          public InputStream open() throws IOException {
            throw new IOException("the spool is gone");
          }
        };
    try (S3ObjectStore store = server.open("unreadable")) {
      assertThatThrownBy(() -> store.putIfAbsent("a", unreadable))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("the spool is gone");
      assertThat(store.head("a")).isEmpty();
    }
  }

  @Test
  void everyPutCarriesTheMd5OfItsBytes() throws Exception {
    Payload changing =
        new Payload() {
          private int opened;

          @Override
          public long length() {
            return 10;
          }

          @Override
          public InputStream open() {
            opened++;
            String content = opened == 1 ? "0123456789" : "0123456780";
            return new ByteArrayInputStream(content.getBytes(UTF_8));
          }
        };
    try (S3ObjectStore store = server.open("md5")) {
      assertThatThrownBy(() -> store.putIfAbsent("a", changing))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("did not arrive as they were sent");
      assertThat(store.head("a")).isEmpty();
    }
  }

  private static S3ObjectStore store(String endpoint) {
    return S3ObjectStore.open(
        new ReplicaUrl.S3(
            "bucket", "p", Optional.of(URI.create(endpoint)), Optional.of("us-east-1"), true),
        server.credentials());
  }

  private static AwsCredentialsProvider credentials(String key, String secret) {
    return StaticCredentialsProvider.create(AwsBasicCredentials.create(key, secret));
  }
}
