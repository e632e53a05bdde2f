/** Shows for each finding that it appears when it should, and not on a healthy setup. */
package dev.sidewal.doctor;
