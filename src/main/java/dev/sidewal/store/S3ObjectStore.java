package dev.sidewal.store;

import dev.sidewal.error.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * A store in an S3 bucket, or in what calls itself compatible with S3.
 *
 * <p>Design: only what every store understands is sent, that is signed requests with plain bodies
 * of a known length and Content-MD5, and every answer is checked ({@link S3Reader}). Writes never
 * overwrite ({@link S3Writer}). Objects above {@link PartSizes#SINGLE_PUT} bytes go up in parts,
 * one at a time; no more than one part is in memory, and none where the payload can be read again.
 *
 * <p>HTTP is spoken by the JDK's {@code HttpURLConnection} through the SDK's url-connection-client:
 * it adds about 30 kB to the jar and no dependency, where the Apache and Netty clients add
 * megabytes, start threads of their own and double the memory of an idle agent. Sidewal sends about
 * one request a second, and gains nothing from their pools. What has to be known about it:
 *
 * <ul>
 *   <li>It ends a body that was cut off as if it were complete: {@link ExactInputStream} counts.
 *   <li>It may silently repeat a request without a body, also a POST, when a kept-alive connection
 *       turns out dead. A repeated CompleteMultipartUpload finds the upload gone, which {@link
 *       S3Writer} takes for a reason to look; a repeated CreateMultipartUpload leaves an empty
 *       upload behind, which a lifecycle rule removes.
 *   <li>Closing a half-read body may drain it: it is aborted instead.
 *   <li>Socket writes have no timeout: {@link WatchedHttpClient} ends those that do not move.
 * </ul>
 *
 * <p>Safe for use by several threads. No secret is ever logged or put into a message.
 */
public final class S3ObjectStore implements ObjectStore {

  private final ReplicaUrl.S3 url;
  private final S3Client client;
  private final S3Settings settings;
  private final Runnable closing;
  private final S3Reader reader;
  private final S3Writer writer;
  private final S3Tags tags;
  private final ExpiryAlarm expiry;

  private S3ObjectStore(ReplicaUrl.S3 url, S3Client client, S3Settings settings, Runnable closing) {
    this.url = url;
    this.client = client;
    this.settings = settings;
    this.closing = closing;
    S3Failures failures = new S3Failures(url);
    this.expiry = new ExpiryAlarm(url, Clock.systemUTC());
    this.reader = new S3Reader(client, url, failures, expiry);
    this.writer = new S3Writer(client, url, settings, failures, reader, expiry);
    this.tags = new S3Tags(client, url, failures, reader);
  }

  /**
   * Opens a store with the credentials of the SDK's default chain: system properties, environment,
   * web identity, profile, container and instance metadata.
   *
   * @throws dev.sidewal.error.UsageException if no region is known for a bucket on AWS
   */
  public static S3ObjectStore open(ReplicaUrl.S3 url) {
    DefaultCredentialsProvider credentials = DefaultCredentialsProvider.builder().build();
    return open(url, credentials, S3Settings.DEFAULT, credentials::close);
  }

  /** Opens a store with given credentials, which stay the caller's to close. */
  public static S3ObjectStore open(ReplicaUrl.S3 url, AwsCredentialsProvider credentials) {
    return open(url, credentials, S3Settings.DEFAULT);
  }

  static S3ObjectStore open(
      ReplicaUrl.S3 url, AwsCredentialsProvider credentials, S3Settings settings) {
    return open(url, credentials, settings, () -> {});
  }

  private static S3ObjectStore open(
      ReplicaUrl.S3 url,
      AwsCredentialsProvider credentials,
      S3Settings settings,
      Runnable closeCredentials) {
    S3Client client = S3Clients.open(url, credentials, settings);
    return new S3ObjectStore(
        url,
        client,
        settings,
        () -> {
          client.close();
          closeCredentials.run();
        });
  }

  /** Returns the store of another place in the bucket, for as long as this one is open. */
  S3ObjectStore at(ReplicaUrl.S3 place) {
    return new S3ObjectStore(place, client, settings, () -> {});
  }

  @Override
  public String location() {
    return url.toString();
  }

  @Override
  public void list(String prefix, Consumer<ObjectInfo> visitor) {
    reader.list(Keys.checkPrefix(prefix), visitor);
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    return reader.head(Keys.check(key));
  }

  @Override
  public Optional<InputStream> get(String key, long offset, long length) {
    Keys.checkRange(offset, length);
    return reader.get(Keys.check(key), offset, length);
  }

  @Override
  public PutOutcome putIfAbsent(String key, Payload payload) {
    Keys.check(key);
    try {
      return payload.length() <= PartSizes.SINGLE_PUT
          ? writer.put(key, S3Body.of(payload, 0, payload.length()))
          : putInParts(key, payload);
    } catch (IOException e) {
      throw unreadable(key, e);
    }
  }

  @Override
  public ObjectUpload newUpload(String key) {
    return new S3Upload(writer, Keys.check(key));
  }

  @Override
  public void delete(String key) {
    reader.delete(Keys.check(key));
  }

  @Override
  public ConditionalPut probeConditionalPut(String existingKey, Payload sameContent) {
    Keys.check(existingKey);
    try {
      return writer.probe(existingKey, S3Body.of(sameContent, 0, sameContent.length()));
    } catch (IOException e) {
      throw unreadable(existingKey, e);
    }
  }

  @Override
  public TagOutcome tag(String key, String name, String value) {
    return tags.tag(Keys.check(key), name, value);
  }

  @Override
  public TagSupport probeTags(String existingKey) {
    return tags.probe(Keys.check(existingKey));
  }

  @Override
  public Optional<String> expiryAlarm() {
    return expiry.message();
  }

  @Override
  public void close() {
    closing.run();
  }

  private PutOutcome putInParts(String key, Payload payload) throws IOException {
    if (reader.head(key).isPresent()) {
      return PutOutcome.ALREADY_EXISTS; // Found out before gigabytes are sent rather than after.
    }
    String uploadId = writer.create(key);
    boolean created = false;
    try {
      long partSize = PartSizes.forLength(payload.length());
      List<CompletedPart> parts = new ArrayList<>();
      for (long offset = 0; offset < payload.length(); offset += partSize) {
        long length = Math.min(partSize, payload.length() - offset);
        S3Body body = S3Body.of(payload, offset, length);
        parts.add(writer.uploadPart(key, uploadId, parts.size() + 1, body));
      }
      PutOutcome outcome = writer.complete(key, uploadId, parts);
      created = outcome == PutOutcome.CREATED;
      return outcome;
    } finally {
      if (!created) {
        writer.abort(key, uploadId);
      }
    }
  }

  private StoreException unreadable(String key, IOException e) {
    return new StoreException(
        "Could not read the bytes that were to be written as "
            + key
            + " to "
            + url
            + ": "
            + e.getMessage()
            + ". Nothing was written.",
        false,
        e);
  }
}
