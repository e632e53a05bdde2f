/**
 * Where the objects of a replica live: one small interface, with an implementation for S3 and one
 * for a directory. It knows keys and bytes and nothing of segments, databases or generations. It
 * may use {@code dev.sidewal.error} only; {@code replica} and what lies above may use it.
 */
package dev.sidewal.store;
