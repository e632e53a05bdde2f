/**
 * The one self-checking format of all history objects (segment, pack, snapshot, delta): its writer
 * and its reader. It knows pages, transactions and bytes and nothing of stores or live databases.
 * It may use {@code dev.sidewal.error} only; {@code replica} and what lies above may use it.
 */
package dev.sidewal.segment;
