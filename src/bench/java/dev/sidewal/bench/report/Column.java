package dev.sidewal.bench.report;

import java.util.OptionalInt;

/**
 * A contender, as far as a report has to know it.
 *
 * @param java the major version of the Java that it runs with, if it runs with one
 * @param subject whether it is the one that has to reach the targets
 */
public record Column(String name, OptionalInt java, boolean subject) {}
