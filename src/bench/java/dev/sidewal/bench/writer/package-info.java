/**
 * The application whose commits are measured: a process of its own that knows SQLite and nothing
 * else. It uses nothing of the other packages. {@code src/bench/writer.py} does the same in Python.
 */
package dev.sidewal.bench.writer;
