/**
 * Who is measured: nobody, Sidewal, peers. A contender knows command lines and the names of files;
 * it may use {@code process} and the tests' S3 servers.
 */
package dev.sidewal.bench.contender;
