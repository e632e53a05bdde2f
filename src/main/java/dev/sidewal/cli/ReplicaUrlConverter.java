package dev.sidewal.cli;

import dev.sidewal.error.UsageException;
import dev.sidewal.store.ReplicaUrl;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Lets the parser of the command line read replica URLs. */
final class ReplicaUrlConverter implements ITypeConverter<ReplicaUrl> {

  ReplicaUrlConverter() {}

  @Override
  public ReplicaUrl convert(String value) {
    try {
      return ReplicaUrl.parse(value);
    } catch (UsageException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
