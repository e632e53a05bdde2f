package dev.sidewal.doctor;

/** How bad a finding is; in rising order. */
public enum Severity {
  /** As it should be. */
  OK,
  /** Worth knowing, or something that cannot be told. */
  NOTE,
  /** It will cost something some day: disk, time, or a history shorter than thought. */
  WARNING,
  /** Data is in danger, or replication or a restore does not work as things are. */
  ERROR
}
