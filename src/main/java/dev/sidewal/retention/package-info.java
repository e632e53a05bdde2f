/**
 * What becomes of history that nothing needs any more: the lifecycle rules of a bucket, and what
 * they must not touch. It may use {@code replica}, {@code store}, {@code segment}, {@code sqlite}
 * and {@code error}; {@code restore}, {@code agent} and {@code cli} may use it.
 */
package dev.sidewal.retention;
