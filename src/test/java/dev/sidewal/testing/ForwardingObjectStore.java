package dev.sidewal.testing;

import dev.sidewal.store.ConditionalPut;
import dev.sidewal.store.ObjectInfo;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectUpload;
import dev.sidewal.store.Payload;
import dev.sidewal.store.PutOutcome;
import dev.sidewal.store.TagOutcome;
import dev.sidewal.store.TagSupport;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Consumer;

/** A store that hands every call on to another; test doubles change what they are about. */
public class ForwardingObjectStore implements ObjectStore {

  private final ObjectStore store;

  /** Wraps a store. */
  protected ForwardingObjectStore(ObjectStore store) {
    this.store = store;
  }

  @Override
  public PutOutcome putIfAbsent(String key, Payload payload) {
    return store.putIfAbsent(key, payload);
  }

  @Override
  public String location() {
    return store.location();
  }

  @Override
  public void list(String prefix, Consumer<ObjectInfo> visitor) {
    store.list(prefix, visitor);
  }

  @Override
  public Optional<ObjectInfo> head(String key) {
    return store.head(key);
  }

  @Override
  public Optional<InputStream> get(String key, long offset, long length) {
    return store.get(key, offset, length);
  }

  @Override
  public ObjectUpload newUpload(String key) {
    return store.newUpload(key);
  }

  @Override
  public void delete(String key) {
    store.delete(key);
  }

  @Override
  public ConditionalPut probeConditionalPut(String existingKey, Payload sameContent) {
    return store.probeConditionalPut(existingKey, sameContent);
  }

  @Override
  public TagOutcome tag(String key, String name, String value) {
    return store.tag(key, name, value);
  }

  @Override
  public TagSupport probeTags(String existingKey) {
    return store.probeTags(existingKey);
  }

  @Override
  public Optional<String> expiryAlarm() {
    return store.expiryAlarm();
  }

  @Override
  public void close() {
    store.close();
  }
}
