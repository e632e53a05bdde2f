package dev.sidewal.store;

import dev.sidewal.error.UsageException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * The parsed URL of a place that holds a replica: an S3 bucket with a prefix, or a directory.
 *
 * <pre>
 * s3://bucket[/prefix][?endpoint=URL&amp;region=NAME&amp;path-style=true|false]
 * file:///absolute/dir    file:/absolute/dir    file:relative/dir
 * </pre>
 *
 * <p>{@code %XX} escapes are decoded everywhere, {@code +} is a plus sign. Credentials are never
 * part of a URL. {@code toString()} gives the URL in its shortest form, which parses to an equal
 * value and is fit for messages and logs.
 */
public sealed interface ReplicaUrl {

  /**
   * Parses a URL.
   *
   * @throws UsageException with one sentence that names the URL and what to write instead
   */
  static ReplicaUrl parse(String text) {
    return ReplicaUrlParser.parse(text);
  }

  /**
   * Parses the URL of one object: the place is everything before the last slash of the path.
   *
   * @throws UsageException if it is no such URL or its path does not end with an object's name
   */
  static ObjectUrl parseObject(String text) {
    return ReplicaUrlParser.parseObject(text);
  }

  /** Returns whether the text is meant as a replica URL rather than as the path of a file. */
  static boolean isUrl(String text) {
    return text.startsWith("s3:") || text.startsWith("file:");
  }

  /** Returns the place one or more path segments further down, with the same store settings. */
  ReplicaUrl resolve(String relative);

  /**
   * One object by its own URL.
   *
   * @param place the URL up to the last slash
   * @param key the object's key below the place, without a slash
   */
  record ObjectUrl(ReplicaUrl place, String key) {}

  /**
   * A bucket, and a prefix in it.
   *
   * @param bucket the bucket's name
   * @param prefix what stands before every key, without slashes at either end; may be empty
   * @param endpoint where the store answers; empty for AWS
   * @param region the region that requests are signed for; empty for the one of the SDK's chain
   * @param pathStyle whether the bucket stands in the path rather than in the host name; by default
   *     only for endpoints that no bucket can be a subdomain of: an IP address, {@code localhost},
   *     or a host name without a dot
   */
  record S3(
      String bucket,
      String prefix,
      Optional<URI> endpoint,
      Optional<String> region,
      boolean pathStyle)
      implements ReplicaUrl {

    /** Checks for nulls; {@link ReplicaUrl#parse} checks the rest. */
    public S3 {
      Objects.requireNonNull(bucket, "bucket");
      Objects.requireNonNull(prefix, "prefix");
      Objects.requireNonNull(endpoint, "endpoint");
      Objects.requireNonNull(region, "region");
    }

    /** Returns the full name in the bucket of what has this key below the prefix. */
    public String fullKey(String key) {
      return prefix.isEmpty() ? key : prefix + "/" + key;
    }

    private static String escaped(URI endpoint) {
      return endpoint.toString().replace("%", "%25").replace("&", "%26");
    }

    @Override
    public S3 resolve(String relative) {
      return new S3(bucket, fullKey(relative), endpoint, region, pathStyle);
    }

    /** Returns the URL of one object, or of the place itself for an empty key. */
    public String toString(String key) {
      StringBuilder text = new StringBuilder("s3://").append(bucket);
      String path = key.isEmpty() ? prefix : fullKey(key);
      if (!path.isEmpty()) {
        text.append('/').append(ReplicaUrlParser.encode(path));
      }
      char separator = '?';
      if (endpoint.isPresent()) {
        text.append(separator).append("endpoint=").append(escaped(endpoint.get()));
        separator = '&';
      }
      if (region.isPresent()) {
        text.append(separator).append("region=").append(region.get());
        separator = '&';
      }
      if (pathStyle != ReplicaUrlParser.defaultPathStyle(endpoint)) {
        text.append(separator).append("path-style=").append(pathStyle);
      }
      return text.toString();
    }

    @Override
    public String toString() {
      return toString("");
    }
  }

  /**
   * A directory.
   *
   * @param path absolute and normalised
   */
  record Directory(Path path) implements ReplicaUrl {

    /** Makes the path absolute. */
    public Directory {
      path = path.toAbsolutePath().normalize();
    }

    @Override
    public Directory resolve(String relative) {
      return new Directory(path.resolve(relative));
    }

    @Override
    public String toString() {
      return "file://" + ReplicaUrlParser.encode(path.toString());
    }
  }
}
