/**
 * The failures that Sidewal reports, one type for each documented exit code. Every package may use
 * this one; it uses none. Messages are written for the person who reads them at 3 a.m.: what
 * failed, on which database or object, what it means for the data, what to do.
 */
package dev.sidewal.error;
