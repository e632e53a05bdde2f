package dev.sidewal.doctor;

import java.util.List;
import java.util.stream.Stream;

/**
 * What can be found. Its id, severity, meaning and remedy are the same each time and stand in
 * docs/doctor.md, which a test holds against the code; only the figures of a {@link Finding}
 * differ.
 */
public sealed interface Kind permits FileKind, UseKind, MachineKind, StoreKind {

  /** Returns the stable id, in kebab-case. */
  String id();

  /** Returns how bad it is. */
  Severity severity();

  /** Returns what it means for the data. */
  String meaning();

  /** Returns what to do; empty if nothing. */
  String remedy();

  /** Returns everything that can be found, in the order of the documentation. */
  static List<Kind> all() {
    return Stream.<Kind[]>of(
            FileKind.values(), UseKind.values(), MachineKind.values(), StoreKind.values())
        .flatMap(Stream::of)
        .toList();
  }
}
