/**
 * What of a replica is not needed any more, and how it is made to go: the tiers, the marks, the
 * tag, and the lifecycle rules by which a bucket deletes what carries it. Uses {@code replica} and
 * what lies below; used by {@code restore}, {@code agent} and {@code cli}.
 */
package dev.sidewal.retention;
