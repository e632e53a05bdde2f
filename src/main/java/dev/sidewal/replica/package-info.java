/**
 * The layout of a replica: keys, generations, listing, positions, and the order in which
 * generations take over from each other. It may use {@code store}, {@code segment} and {@code
 * error}; {@code retention}, {@code restore}, {@code agent} and {@code cli} may use it.
 */
package dev.sidewal.replica;
