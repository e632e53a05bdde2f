package dev.sidewal.bench.report;

import java.util.Map;
import java.util.Optional;

/**
 * What one run of a scenario gave.
 *
 * @param pair counts from 1; runs of one pair came right after one another
 * @param values by name, in the order of their making
 * @param failure why there are none
 */
public record Run(
    String scenario,
    String contender,
    int pair,
    Map<String, Double> values,
    Optional<String> failure) {}
