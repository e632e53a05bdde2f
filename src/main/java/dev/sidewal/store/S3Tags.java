package dev.sidewal.store;

import dev.sidewal.error.StoreDeniedException;
import dev.sidewal.error.StoreException;
import java.util.List;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.Tag;

/**
 * Puts tags on objects, where the store has tags.
 *
 * <p>Invariant: no tag is sent to a store that has not shown before that it knows tags, by
 * answering a question for an object's tags with tags. One that overlooks the {@code ?tagging} in a
 * request would answer that question with the object; and it would take the PUT of a tag for one of
 * the object itself, and overwrite history.
 *
 * <p>Safe for use by several threads.
 */
final class S3Tags {

  private static final int ATTEMPTS = 3;
  private static final String PROBE_NAME = "sidewal";
  private static final String PROBE_VALUE = "live";

  /** What is known of the store. */
  private enum Known {
    NOTHING,
    HAS_TAGS,
    NO_TAGS
  }

  private final S3Client client;
  private final ReplicaUrl.S3 url;
  private final S3Failures failures;
  private final S3Reader reader;
  private volatile Known known = Known.NOTHING;

  S3Tags(S3Client client, ReplicaUrl.S3 url, S3Failures failures, S3Reader reader) {
    this.client = client;
    this.url = url;
    this.failures = failures;
    this.reader = reader;
  }

  /** Replaces the tags of an object by one. */
  TagOutcome tag(String key, String name, String value) {
    try {
      if (known == Known.NOTHING) {
        get(key);
        known = Known.HAS_TAGS;
      }
      if (known == Known.NO_TAGS) {
        return TagOutcome.UNSUPPORTED;
      }
      put(key, name, value);
      return TagOutcome.TAGGED;
    } catch (SdkException e) {
      if (isNoAnswerToTags(e)) {
        // A store may say the same of an object that is not there, or is hidden by its deletion.
        return reader.head(key).isPresent() ? TagOutcome.UNSUPPORTED : TagOutcome.ABSENT;
      }
      throw failures.report(S3Failures.Operation.TAG, key, e);
    }
  }

  /** Puts a tag on an object that is there and reads it back. */
  TagSupport probe(String existingKey) {
    TagSupport support = tryOut(existingKey);
    known =
        switch (support) {
          case SUPPORTED -> Known.HAS_TAGS;
          case UNSUPPORTED -> Known.NO_TAGS;
          case DENIED -> known;
        };
    return support;
  }

  private TagSupport tryOut(String key) {
    try {
      get(key);
      put(key, PROBE_NAME, PROBE_VALUE);
      List<Tag> found = get(key);
      boolean kept =
          found.size() == 1
              && PROBE_NAME.equals(found.get(0).key())
              && PROBE_VALUE.equals(found.get(0).value());
      return kept ? TagSupport.SUPPORTED : TagSupport.UNSUPPORTED;
    } catch (SdkException e) {
      if (isNoAnswerToTags(e)) {
        if (reader.head(key).isEmpty()) {
          throw failures.unusable(
              S3Failures.Operation.TAG, key, "the object is not there, though it was written");
        }
        return TagSupport.UNSUPPORTED;
      }
      StoreException report = failures.report(S3Failures.Operation.TAG, key, e);
      if (report instanceof StoreDeniedException) {
        return TagSupport.DENIED;
      }
      throw report;
    }
  }

  private static boolean isNoAnswerToTags(SdkException e) {
    return S3Failures.isNotFound(e) || S3Failures.isUnsupported(e) || S3Failures.isUnreadable(e);
  }

  private List<Tag> get(String key) {
    for (int attempt = 1; ; attempt++) {
      try {
        return client.getObjectTagging(r -> r.bucket(url.bucket()).key(url.fullKey(key))).tagSet();
      } catch (SdkException e) {
        if (S3Failures.hasNoTags(e)) {
          return List.of();
        }
        // An answer that broke off looks the same; an object in the place of tags stays one.
        if (attempt == ATTEMPTS || !S3Failures.isUnreadable(e)) {
          throw e;
        }
      }
    }
  }

  private void put(String key, String name, String value) {
    Tag tag = Tag.builder().key(name).value(value).build();
    client.putObjectTagging(
        r -> r.bucket(url.bucket()).key(url.fullKey(key)).tagging(t -> t.tagSet(tag)));
  }
}
