/**
 * How costs grow with the size of a database, the length of its history and the number of
 * databases, and the plot of that. It may use the packages beside it, and the object format to make
 * long histories.
 */
package dev.sidewal.bench.scale;
