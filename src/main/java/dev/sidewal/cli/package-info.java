/**
 * The command line: it parses, calls and prints, and decides nothing about data. It may use every
 * other package; none may use it. What it prints and how it exits is a contract that scripts rely
 * on, written down in {@code docs/commands.md}.
 */
package dev.sidewal.cli;
