/**
 * The live database: the read-lock chain that keeps the write-ahead log from being reset before it
 * was copied, the log's format, pages and checksums. It may use {@code dev.sidewal.error} only and
 * knows nothing of stores or history objects; {@code restore} and {@code agent} may use it.
 */
package dev.sidewal.sqlite;
