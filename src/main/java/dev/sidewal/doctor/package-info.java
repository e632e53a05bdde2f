/**
 * Finds what would go wrong with a database, a store or the machine, before it does. Uses {@code
 * retention} and what is below it.
 */
package dev.sidewal.doctor;
