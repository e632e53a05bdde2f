/**
 * Named places at which a test may have the process die. Every package may use this one; it uses
 * none.
 */
package dev.sidewal.fault;
