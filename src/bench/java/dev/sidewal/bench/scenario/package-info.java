/**
 * The workloads, one class each, and what they share: a directory, a writer and an agent for each
 * run, and looks at replicas and databases. It may use all other packages.
 */
package dev.sidewal.bench.scenario;
