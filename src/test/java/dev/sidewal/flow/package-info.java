/**
 * Whole flows, as users have them: the built program in a process of its own beside applications
 * that write, and restores that are compared with what was written.
 */
package dev.sidewal.flow;
