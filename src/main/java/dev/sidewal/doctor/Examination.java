package dev.sidewal.doctor;

import java.util.List;

/** Looks at one matter. It changes nothing that it does not put back. */
@FunctionalInterface
public interface Examination {

  /** Returns what was found; says at least one thing, also when all is well. */
  List<Finding> examine();
}
