package dev.sidewal.store;

import dev.sidewal.error.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Writes objects so that none is ever overwritten, as far as the store can do that.
 *
 * <p>Both ways of publishing an object, PutObject and CompleteMultipartUpload, carry {@code
 * If-None-Match: *}. Their answers:
 *
 * <pre>
 * 200                    written
 * 412                    there already; perhaps by our own request whose answer was lost
 * 409                    another write to the key is under way: sent again, a few times
 * 501, 405, some 400s    the header is refused: HEAD, then the write without it. Once that has
 *                        worked, the header is not sent any more
 * no answer, or 5xx      HEAD: the write may have been carried out
 * </pre>
 *
 * Safe for use by several threads; the two flags only ever change from true to false.
 */
final class S3Writer {

  private static final Logger log = LoggerFactory.getLogger(S3Writer.class);
  private static final int CONFLICT_ATTEMPTS = 5;
  private static final String ANY = "*";

  /** S3 may take minutes to put a large object together. */
  private static final Duration COMPLETE_TIMEOUT = Duration.ofMinutes(10);

  private final S3Client client;
  private final ReplicaUrl.S3 url;
  private final S3Settings settings;
  private final S3Failures failures;
  private final S3Reader reader;
  private final ExpiryAlarm expiry;
  private volatile boolean conditionalPut = true;
  private volatile boolean conditionalComplete = true;

  S3Writer(
      S3Client client,
      ReplicaUrl.S3 url,
      S3Settings settings,
      S3Failures failures,
      S3Reader reader,
      ExpiryAlarm expiry) {
    this.client = client;
    this.url = url;
    this.settings = settings;
    this.failures = failures;
    this.reader = reader;
    this.expiry = expiry;
  }

  /** Writes an object by a single request. */
  PutOutcome put(String key, S3Body body) {
    if (!conditionalPut) {
      return putAfterHead(key, body);
    }
    return publish(
        key,
        () -> sendPut(key, body, true),
        () -> {
          PutOutcome outcome = putAfterHead(key, body);
          if (outcome == PutOutcome.CREATED) {
            conditionalPut = false;
            log.warn(
                "{} refuses If-None-Match: objects are looked up before they are written, and two"
                    + " agents that start in the same instant could both believe to be first.",
                url);
          }
          return outcome;
        });
  }

  /** Writes an object again that is there, and remembers what came of it. */
  ConditionalPut probe(String key, S3Body sameContent) {
    try {
      for (int attempt = 1; ; attempt++) {
        try {
          sendPut(key, sameContent, true);
          conditionalPut = false;
          conditionalComplete = false;
          return ConditionalPut.IGNORED;
        } catch (SdkException e) {
          switch (S3Failures.writeRefusal(e)) {
            case EXISTS -> {
              return ConditionalPut.ENFORCED;
            }
            case CONFLICT -> pauseOrGiveUp(key, attempt, e);
            case HEADER -> {
              // Is it the header that is refused, or the write?
              sendPut(key, sameContent, false);
              conditionalPut = false;
              return ConditionalPut.UNSUPPORTED;
            }
            default -> throw e;
          }
        }
      }
    } catch (SdkException e) {
      throw failures.report(S3Failures.Operation.PUT, key, e);
    }
  }

  /** Begins a multipart upload and returns its id. */
  String create(String key) {
    return reported(
        key,
        () ->
            client
                .createMultipartUpload(
                    r ->
                        r.bucket(url.bucket())
                            .key(url.fullKey(key))
                            .contentType("application/octet-stream"))
                .uploadId());
  }

  /** Uploads one part; {@code number} counts from 1. */
  CompletedPart uploadPart(String key, String uploadId, int number, S3Body body) {
    return reported(
        key,
        () -> {
          UploadPartResponse response =
              client.uploadPart(
                  r ->
                      r.bucket(url.bucket())
                          .key(url.fullKey(key))
                          .uploadId(uploadId)
                          .partNumber(number)
                          .contentMD5(body.md5())
                          .contentLength(body.length())
                          .overrideConfiguration(timeout(settings.attemptTimeout(body.length()))),
                  body.toRequestBody());
          return CompletedPart.builder().partNumber(number).eTag(response.eTag()).build();
        });
  }

  /** Publishes a multipart upload; unless the outcome is CREATED, its parts are still there. */
  PutOutcome complete(String key, String uploadId, List<CompletedPart> parts) {
    // Not all stores that know the header on PutObject heed it here.
    if (reader.head(key).isPresent()) {
      return PutOutcome.ALREADY_EXISTS;
    }
    boolean conditional = conditionalComplete;
    return publish(
        key,
        () -> sendComplete(key, uploadId, parts, conditional),
        () -> {
          PutOutcome outcome = reported(key, () -> sendComplete(key, uploadId, parts, false));
          conditionalComplete = false;
          return outcome;
        });
  }

  /** Removes the parts of an upload. */
  void abort(String key, String uploadId) {
    try {
      client.abortMultipartUpload(
          r -> r.bucket(url.bucket()).key(url.fullKey(key)).uploadId(uploadId));
    } catch (SdkException e) {
      if (!S3Failures.isNotFound(e)) {
        log.warn(
            "The parts of the abandoned upload of {} stay in {}, invisible but paid for: a"
                + " lifecycle rule with AbortIncompleteMultipartUpload removes such. {}",
            key,
            url,
            failures.report(S3Failures.Operation.PUT, key, e).getMessage());
      }
    }
  }

  private PutOutcome publish(
      String key, Supplier<PutOutcome> conditional, Supplier<PutOutcome> fallback) {
    for (int attempt = 1; ; attempt++) {
      try {
        return conditional.get();
      } catch (SdkException e) {
        switch (S3Failures.writeRefusal(e)) {
          case EXISTS -> {
            return PutOutcome.ALREADY_EXISTS;
          }
          case CONFLICT -> pauseOrGiveUp(key, attempt, e);
          case HEADER -> {
            try {
              return fallback.get();
            } catch (StoreException second) {
              second.addSuppressed(e);
              throw second;
            }
          }
          case NO_UPLOAD -> {
            return existsAfter(key, e);
          }
          case OTHER -> {
            if (S3Failures.mayHaveSucceeded(e)) {
              return existsAfter(key, e);
            }
            throw failures.report(S3Failures.Operation.PUT, key, e);
          }
        }
      }
    }
  }

  /** Tells a lost answer from a failure. */
  private PutOutcome existsAfter(String key, SdkException e) {
    StoreException report = failures.report(S3Failures.Operation.PUT, key, e);
    try {
      if (reader.head(key).isPresent()) {
        return PutOutcome.ALREADY_EXISTS;
      }
    } catch (StoreException second) {
      report.addSuppressed(second);
    }
    throw report;
  }

  private PutOutcome putAfterHead(String key, S3Body body) {
    if (reader.head(key).isPresent()) {
      return PutOutcome.ALREADY_EXISTS;
    }
    return reported(key, () -> sendPut(key, body, false));
  }

  private PutOutcome sendPut(String key, S3Body body, boolean conditional) {
    PutObjectResponse written =
        client.putObject(
            r -> {
              r.bucket(url.bucket())
                  .key(url.fullKey(key))
                  .contentType("application/octet-stream")
                  .contentLength(body.length())
                  .contentMD5(body.md5())
                  .overrideConfiguration(timeout(settings.attemptTimeout(body.length())));
              if (conditional) {
                r.ifNoneMatch(ANY);
              }
            },
            body.toRequestBody());
    reader.bucketIsThere();
    expiry.heard(key, Optional.ofNullable(written.expiration()));
    return PutOutcome.CREATED;
  }

  private PutOutcome sendComplete(
      String key, String uploadId, List<CompletedPart> parts, boolean conditional) {
    CompleteMultipartUploadResponse written =
        client.completeMultipartUpload(
            r -> {
              r.bucket(url.bucket())
                  .key(url.fullKey(key))
                  .uploadId(uploadId)
                  .multipartUpload(m -> m.parts(parts))
                  .overrideConfiguration(timeout(COMPLETE_TIMEOUT));
              if (conditional) {
                r.ifNoneMatch(ANY);
              }
            });
    expiry.heard(key, Optional.ofNullable(written.expiration()));
    return PutOutcome.CREATED;
  }

  private <T> T reported(String key, Supplier<T> request) {
    try {
      return request.get();
    } catch (SdkException e) {
      throw failures.report(S3Failures.Operation.PUT, key, e);
    }
  }

  private void pauseOrGiveUp(String key, int attempt, SdkException e) {
    StoreException report = failures.report(S3Failures.Operation.PUT, key, e);
    if (attempt >= CONFLICT_ATTEMPTS) {
      throw report;
    }
    try {
      Thread.sleep(settings.conflictPause().toMillis() << (attempt - 1));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      report.addSuppressed(interrupted);
      throw report;
    }
  }

  private static AwsRequestOverrideConfiguration timeout(Duration perAttempt) {
    return AwsRequestOverrideConfiguration.builder().apiCallAttemptTimeout(perAttempt).build();
  }
}
