/**
 * Benchmarks of the inner loops by JMH, and the limits that the machine sets them, in one table. It
 * may use whatever the tests may use; nothing uses it but the benchmarks that must lie beside what
 * they measure.
 */
package dev.sidewal.bench.micro;
