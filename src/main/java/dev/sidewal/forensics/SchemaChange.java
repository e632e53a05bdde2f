package dev.sidewal.forensics;

import java.util.Objects;

/**
 * Something about a schema that differs between two moments.
 *
 * @param type {@code table}, {@code index}, {@code trigger}, {@code view} or {@code pragma}
 * @param name its name
 * @param change {@code created}, {@code dropped}, or that it is another
 * @param detail what is other about it; may be empty
 */
public record SchemaChange(String type, String name, String change, String detail) {

  /** Refuses what is missing. */
  public SchemaChange {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(change, "change");
    Objects.requireNonNull(detail, "detail");
  }
}
