package dev.sidewal.retention;

import dev.sidewal.store.BucketLifecycle;
import dev.sidewal.store.BucketVersioning;
import dev.sidewal.store.LifecycleConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The rules of a bucket in memory; a store may be told to change what it keeps. */
final class MemoryBucket implements BucketLifecycle {

  private Optional<LifecycleConfiguration> current;
  final List<LifecycleConfiguration> writes = new ArrayList<>();
  BucketVersioning versioning = BucketVersioning.OFF;
  UnaryOperator<String> keeps = xml -> xml;
  int staleReads;
  private Optional<LifecycleConfiguration> stale = Optional.empty();

  MemoryBucket(Optional<LifecycleConfiguration> current) {
    this.current = current;
  }

  static MemoryBucket with(String rules) {
    return new MemoryBucket(
        Optional.of(
            new LifecycleConfiguration(
                Optional.of(
                    "<?xml version=\"1.0\"?>\n<LifecycleConfiguration"
                        + " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                        + rules
                        + "</LifecycleConfiguration>"),
                Optional.of("varies_by_storage_class"))));
  }

  static MemoryBucket without() {
    return new MemoryBucket(Optional.of(LifecycleConfiguration.NONE));
  }

  @Override
  public String location() {
    return "s3://bucket/app";
  }

  @Override
  public Optional<LifecycleConfiguration> read() {
    if (!writes.isEmpty() && staleReads > 0) {
      staleReads--;
      return stale;
    }
    return current;
  }

  @Override
  public void write(LifecycleConfiguration configuration) {
    writes.add(configuration);
    stale = current;
    current =
        Optional.of(
            new LifecycleConfiguration(
                configuration.xml().map(keeps), configuration.minimumSize()));
  }

  @Override
  public void delete() {
    current = Optional.of(LifecycleConfiguration.NONE);
  }

  @Override
  public BucketVersioning versioning() {
    return versioning;
  }

  @Override
  public void close() {}
}
