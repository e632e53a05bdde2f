/**
 * Copies of live databases without an agent. Uses {@code restore}, {@code replica}, {@code
 * segment}, {@code store} and {@code sqlite}.
 */
package dev.sidewal.backup;
