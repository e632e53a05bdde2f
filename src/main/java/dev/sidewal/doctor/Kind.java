package dev.sidewal.doctor;

import java.util.List;
import java.util.stream.Stream;

/**
 * What can be found. Its id, severity, meaning and remedy are the same each time and stand in
 * docs/doctor.md, which a test holds against the code; only the figures of a {@link Finding}
 * differ.
 */
public sealed interface Kind permits FileKind, UseKind, MachineKind, StoreKind {

  /** Returns what is the same each time. */
  KindText text();

  /** Returns the stable id, in kebab-case. */
  default String id() {
    return text().id();
  }

  /** Returns how bad it is. */
  default Severity severity() {
    return text().severity();
  }

  /** Returns what it means for the data. */
  default String meaning() {
    return text().meaning();
  }

  /** Returns what to do; empty if nothing. */
  default String remedy() {
    return text().remedy();
  }

  /** Returns everything that can be found, in the order of the documentation. */
  static List<Kind> all() {
    return Stream.<Kind[]>of(
            FileKind.values(), UseKind.values(), MachineKind.values(), StoreKind.values())
        .flatMap(Stream::of)
        .toList();
  }
}
