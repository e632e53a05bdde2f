/**
 * Databases as tables and rows: SQL text, and single tables that are brought back. Uses {@code
 * sqlite}, and {@code restore} for where a moment comes from.
 */
package dev.sidewal.tables;
