package dev.sidewal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.UsageException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicaUrlTest {

  @Test
  void everyPartOfAnS3Url() {
    assertThat(
            ReplicaUrl.parse(
                "s3://bucket/a/b%20c?endpoint=http://127.0.0.1:9000&region=us-east-1&path-style=true"))
        .isEqualTo(
            new ReplicaUrl.S3(
                "bucket",
                "a/b c",
                Optional.of(URI.create("http://127.0.0.1:9000")),
                Optional.of("us-east-1"),
                true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3://bucket", "s3://bucket/", "s3://bucket//"})
  void thePrefixMayBeEmpty(String text) {
    ReplicaUrl.S3 url = (ReplicaUrl.S3) ReplicaUrl.parse(text);

    assertThat(url.prefix()).isEmpty();
    assertThat(url.fullKey("k")).isEqualTo("k");
    assertThat(url.toString()).isEqualTo("s3://bucket");
    assertThat(url.pathStyle()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:9000, true",
    "http://[::1]:9000, true",
    "http://localhost:9000, true",
    "http://s3.localhost:9000, true",
    "http://minio:9000, true",
    "https://s3.example.com, false",
    "https://10.example.com, false",
  })
  void pathStyleFollowsTheEndpoint(String endpoint, boolean expected) {
    ReplicaUrl.S3 url = (ReplicaUrl.S3) ReplicaUrl.parse("s3://bucket?endpoint=" + endpoint);
    assertThat(url.pathStyle()).isEqualTo(expected);

    ReplicaUrl.S3 other =
        (ReplicaUrl.S3)
            ReplicaUrl.parse("s3://bucket?endpoint=" + endpoint + "&path-style=" + !expected);
    assertThat(other.pathStyle()).isEqualTo(!expected);
    assertThat(ReplicaUrl.parse(other.toString())).isEqualTo(other);
  }

  @ParameterizedTest
  @CsvSource({
    "file:///a/b, /a/b",
    "file:/a/b, /a/b",
    "file:/a/../b/, /b",
    "file://localhost/a, /a",
    "file:///a%20b%25, '/a b%'",
    "file:///a b, '/a b'",
    "file:///a+b, /a+b",
  })
  void directories(String text, String path) {
    ReplicaUrl url = ReplicaUrl.parse(text);

    assertThat(url).isEqualTo(new ReplicaUrl.Directory(Path.of(path)));
    assertThat(ReplicaUrl.parse(url.toString())).isEqualTo(url);
  }

  @Test
  void aRelativeDirectoryIsBelowTheWorkingDirectory() {
    assertThat(ReplicaUrl.parse("file:relative/dir"))
        .isEqualTo(new ReplicaUrl.Directory(Path.of("").toAbsolutePath().resolve("relative/dir")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3://bucket/a/b",
        "s3://bucket/a%20%C3%A4%3F%23%25/b?region=eu-central-1",
        "s3://bucket/a?endpoint=https://host.example/path%2520x&path-style=true",
        "file:///tmp/a%23b%3F",
      })
  void theTextIsTheShortestThatParsesToTheSame(String text) {
    assertThat(ReplicaUrl.parse(text).toString()).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bucket/prefix | has no scheme",
        "'' | has no scheme",
        "gs://bucket | unknown scheme",
        "S3://bucket | unknown scheme",
        "s3: | has no bucket",
        "s3:bucket | has no bucket",
        "s3:// | has no bucket",
        "s3:///prefix | has no bucket",
        "s3://?region=x | has no bucket",
        "s3://b_ä/x | bucket name",
        "s3://x | bucket name",
        "s3://bucket:9000/x | port after the bucket",
        "s3://bucket/a//b | segment",
        "s3://bucket/a/../b | segment",
        "s3://bucket/./b | segment",
        "s3://bucket/a#b | fragment",
        "s3://bucket/a%zz | two hex digits",
        "s3://bucket/a%2 | two hex digits",
        "s3://bucket/a%ff | no UTF-8",
        "s3://bucket/a%0Ab | control characters",
        "s3://bucket?colour=red | unknown parameter 'colour'",
        "s3://bucket?pathstyle=true | unknown parameter 'pathstyle'",
        "s3://bucket?region= | no value for 'region'",
        "s3://bucket?region | no value for 'region'",
        "s3://bucket?region=a&region=b | gives 'region' twice",
        "s3://bucket?region=a%20b | malformed region",
        "s3://bucket?path-style=yes | neither true nor false",
        "s3://bucket?path-style=TRUE | neither true nor false",
        "s3://bucket?endpoint=127.0.0.1:9000 | endpoint",
        "s3://bucket?endpoint=ftp://host | endpoint that is no http",
        "s3://bucket?endpoint=http:// | endpoint",
        "s3://bucket?endpoint=http://a%20b | malformed endpoint",
        "s3://bucket?endpoint=http://host?x | malformed endpoint",
        "s3://bucket?endpoint=http://host:99999 | malformed endpoint",
        "file: | names no directory",
        "file:// | names no directory",
        "file://host/dir | names a host",
        "file:///dir?x=y | takes none",
        "file:///a%00b | no path on this system",
      })
  void everyMistakeHasASentence(String text, String part) {
    assertThatThrownBy(() -> ReplicaUrl.parse(text))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("The replica URL '")
        .hasMessageContaining(text.replaceAll("\\?.*", ""))
        .hasMessageContaining(part)
        .hasMessageEndingWith(".");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s3://AKIA:hunter2@bucket/x",
        "s3://bucket?secret=hunter2",
        "s3://bucket?endpoint=http://user:hunter2@host",
        "s3://bucket?endpoint=http://user:hunter2 @host",
        "s3://AKIA:hunter2@bucket/x#y",
      })
  void noMessageRepeatsASecret(String text) {
    assertThatThrownBy(() -> ReplicaUrl.parse(text))
        .isInstanceOf(UsageException.class)
        .hasNoCause()
        .message()
        .doesNotContain("hunter2");
  }

  @Test
  void anObjectHasAUrlToo() {
    ReplicaUrl.ObjectUrl object =
        ReplicaUrl.parseObject("s3://bucket/a/b/0001.segment?region=eu-west-1");
    assertThat(object.place()).isEqualTo(ReplicaUrl.parse("s3://bucket/a/b?region=eu-west-1"));
    assertThat(object.key()).isEqualTo("0001.segment");
    assertThat(((ReplicaUrl.S3) object.place()).toString(object.key()))
        .isEqualTo("s3://bucket/a/b/0001.segment?region=eu-west-1");

    ReplicaUrl.ObjectUrl file = ReplicaUrl.parseObject("file:///a/b/0001.segment");
    assertThat(file.place()).isEqualTo(ReplicaUrl.parse("file:///a/b"));
    assertThat(file.key()).isEqualTo("0001.segment");

    assertThatThrownBy(() -> ReplicaUrl.parseObject("s3://bucket/"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("does not name an object");
  }

  @Test
  void aPlaceFurtherDown() {
    assertThat(ReplicaUrl.parse("s3://bucket").resolve("db1"))
        .isEqualTo(ReplicaUrl.parse("s3://bucket/db1"));
    assertThat(ReplicaUrl.parse("file:///a").resolve("db1/x"))
        .isEqualTo(ReplicaUrl.parse("file:///a/db1/x"));
  }

  @Test
  void aUrlIsToldFromAPath() {
    assertThat(ReplicaUrl.isUrl("s3://b")).isTrue();
    assertThat(ReplicaUrl.isUrl("file:x")).isTrue();
    assertThat(ReplicaUrl.isUrl("/data/app.db")).isFalse();
    assertThat(ReplicaUrl.isUrl("app.db")).isFalse();
  }
}
