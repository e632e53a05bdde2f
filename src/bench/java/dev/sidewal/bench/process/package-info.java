/**
 * Processes that are measured, as Linux accounts for them in {@code /proc}. It uses nothing of the
 * other packages.
 */
package dev.sidewal.bench.process;
