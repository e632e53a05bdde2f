/**
 * The agent: replicates a live database to a replica. It follows, records, ships and takes
 * snapshots, and it is the public API for programs that embed Sidewal. It may use every package
 * below it; only {@code config} and {@code cli} may use it.
 */
package dev.sidewal.agent;
