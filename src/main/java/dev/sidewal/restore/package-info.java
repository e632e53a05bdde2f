/**
 * Plans restores from a listing and carries them out: the target file is either untouched or
 * complete and verified. It may use {@code replica}, {@code segment}, {@code store}, the page hash
 * of {@code sqlite}, and {@code error}; {@code agent} and {@code cli} may use it.
 */
package dev.sidewal.restore;
