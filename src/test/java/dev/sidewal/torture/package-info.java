/**
 * The torture rig: writers, agents that are killed again and again, stores that fail, and a check
 * of everything afterwards. Every choice comes from a seed. See {@code docs/testing.md}.
 */
package dev.sidewal.torture;
