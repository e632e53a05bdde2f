package dev.sidewal.store;

import dev.sidewal.error.StoreException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Reads from a bucket and believes nothing that it can check: a body has the length that was asked
 * for, a range is the range that was asked for, and a listing ascends and says whether it is
 * complete. (Any well-formed XML, and no answer body at all, would otherwise be an empty listing.)
 *
 * <p>The answer to a HEAD has no body, so it is 404 for a missing object and for a missing bucket
 * alike. Until something has shown that the bucket is there, a 404 is confirmed by a LIST. Safe for
 * use by several threads.
 */
final class S3Reader {

  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+|\\*)");

  /** How often a page is asked for whose answer breaks off. */
  private static final int PAGE_ATTEMPTS = 3;

  private final S3Client client;
  private final ReplicaUrl.S3 url;
  private final S3Failures failures;
  private final ExpiryAlarm expiry;
  private volatile boolean bucketSeen;

  S3Reader(S3Client client, ReplicaUrl.S3 url, S3Failures failures, ExpiryAlarm expiry) {
    this.client = client;
    this.url = url;
    this.failures = failures;
    this.expiry = expiry;
  }

  /** Notes that the bucket has answered. */
  void bucketIsThere() {
    bucketSeen = true;
  }

  Optional<ObjectInfo> head(String key) {
    try {
      HeadObjectResponse found =
          client.headObject(r -> r.bucket(url.bucket()).key(url.fullKey(key)));
      bucketIsThere();
      expiry.heard(key, Optional.ofNullable(found.expiration()));
      if (found.contentLength() == null || found.lastModified() == null) {
        throw broken(S3Failures.Operation.HEAD, key, "the answer lacks length or date");
      }
      return Optional.of(new ObjectInfo(key, found.contentLength(), found.lastModified()));
    } catch (SdkException e) {
      return absentOr(S3Failures.Operation.HEAD, key, e);
    }
  }

  Optional<InputStream> get(String key, long offset, long length) {
    boolean whole = offset == 0 && length == Long.MAX_VALUE;
    boolean toEnd = length > Long.MAX_VALUE - offset;
    String range = "bytes=" + offset + "-" + (toEnd ? "" : offset + length - 1);
    ResponseInputStream<GetObjectResponse> body;
    try {
      body =
          client.getObject(
              r -> {
                r.bucket(url.bucket()).key(url.fullKey(key));
                if (!whole) {
                  r.range(range);
                }
              });
    } catch (SdkException e) {
      if (S3Failures.isBehindEnd(e)) {
        return Optional.of(InputStream.nullInputStream());
      }
      return absentOr(S3Failures.Operation.GET, key, e);
    }
    bucketIsThere();
    try {
      long expected = expectedLength(key, offset, length, body.response());
      return Optional.of(new ExactInputStream(body, expected, key + " in " + url, body::abort));
    } catch (StoreException e) {
      body.abort();
      throw e;
    }
  }

  void list(String prefix, Consumer<ObjectInfo> visitor) {
    String below = url.prefix().isEmpty() ? "" : url.prefix() + "/";
    String last = "";
    Optional<String> token = Optional.empty();
    do {
      ListObjectsV2Response page = page(below + prefix, token);
      for (S3Object object : page.contents()) {
        requireComplete(object);
        String key = object.key().startsWith(below) ? object.key().substring(below.length()) : "";
        if (!Keys.isValid(key) || !key.startsWith(prefix)) {
          continue; // A marker of a "directory", or nothing that Sidewal ever writes.
        }
        if (key.compareTo(last) <= 0) {
          throw broken(
              S3Failures.Operation.LIST,
              "",
              "it lists '" + key + "' after '" + last + "', and a listing must ascend");
        }
        last = key;
        visitor.accept(new ObjectInfo(key, object.size(), object.lastModified()));
      }
      Optional<String> next = Optional.ofNullable(page.nextContinuationToken());
      if (next.isPresent() && next.equals(token)) {
        throw broken(S3Failures.Operation.LIST, "", "it gives the same page for ever");
      }
      if (next.isEmpty() && page.isTruncated()) {
        throw broken(S3Failures.Operation.LIST, "", "there is more, but it does not say where");
      }
      token = next;
    } while (token.isPresent());
  }

  void delete(String key) {
    try {
      client.deleteObject(r -> r.bucket(url.bucket()).key(url.fullKey(key)));
      bucketIsThere();
    } catch (SdkException e) {
      absentOr(S3Failures.Operation.DELETE, key, e);
    }
  }

  private ListObjectsV2Response page(String fullPrefix, Optional<String> token) {
    for (int attempt = 1; ; attempt++) {
      try {
        ListObjectsV2Response page =
            client.listObjectsV2(
                r ->
                    r.bucket(url.bucket())
                        .prefix(fullPrefix)
                        .continuationToken(token.orElse(null)));
        if (page.isTruncated() == null) {
          throw broken(
              S3Failures.Operation.LIST, "", "the answer is no listing (it lacks IsTruncated)");
        }
        bucketIsThere();
        return page;
      } catch (SdkException e) {
        if (attempt == PAGE_ATTEMPTS || !S3Failures.brokeOff(e)) {
          throw failures.report(S3Failures.Operation.LIST, "", e);
        }
      }
    }
  }

  private void requireComplete(S3Object object) {
    if (object.key() == null
        || object.size() == null
        || object.size() < 0
        || object.lastModified() == null) {
      throw broken(
          S3Failures.Operation.LIST, "", "an entry lacks key, size or date (" + object.key() + ")");
    }
  }

  private <T> Optional<T> absentOr(S3Failures.Operation operation, String key, SdkException e) {
    if (!S3Failures.isNotFound(e)) {
      throw failures.report(operation, key, e);
    }
    if (!bucketSeen) {
      page(url.fullKey(key), Optional.empty());
    }
    return Optional.empty();
  }

  private long expectedLength(String key, long offset, long length, GetObjectResponse response) {
    Optional<Long> announced = Optional.ofNullable(response.contentLength());
    if (response.contentRange() == null) {
      long size = announced.orElseGet(() -> head(key).map(ObjectInfo::size).orElse(-1L));
      if (size < 0 || (offset > 0 && size > 0)) {
        throw broken(S3Failures.Operation.GET, key, "the store gave no range");
      }
      return Math.min(length, size);
    }
    Matcher range = CONTENT_RANGE.matcher(response.contentRange());
    if (!range.matches()) {
      throw broken(S3Failures.Operation.GET, key, "malformed range " + response.contentRange());
    }
    long first = Long.parseLong(range.group(1));
    long count = Long.parseLong(range.group(2)) - first + 1;
    long wanted =
        range.group(3).equals("*")
            ? length
            : Math.min(length, Long.parseLong(range.group(3)) - offset);
    if (first != offset || count != wanted || announced.filter(n -> n != count).isPresent()) {
      throw broken(
          S3Failures.Operation.GET,
          key,
          "the store gave " + response.contentRange() + " for " + wanted + " bytes at " + offset);
    }
    return count;
  }

  private StoreException broken(S3Failures.Operation operation, String key, String how) {
    return failures.unusable(operation, key, how);
  }
}
