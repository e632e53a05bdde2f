/**
 * What comes of runs: spreads, ratios within pairs, targets, the table and the JSON document. It
 * uses nothing of the other packages.
 */
package dev.sidewal.bench.report;
