/**
 * When did it go wrong: what each transaction touched, the last good one, what differs between two.
 * Uses {@code tables} and {@code restore} and what is below them.
 */
package dev.sidewal.forensics;
