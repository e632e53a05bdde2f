/**
 * The benchmarks: workloads that run without an agent, with Sidewal and with a peer, in one run. It
 * may use whatever the tests may use; nothing uses it. Compiled only with the Maven profile {@code
 * bench}: see docs/benchmarks.md.
 */
package dev.sidewal.bench;
