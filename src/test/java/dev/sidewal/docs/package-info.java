/**
 * Holds the documentation against the program: its command lines, its messages, its links. It may
 * use all of the program and of the other tests' helpers; nothing uses it.
 */
package dev.sidewal.docs;
