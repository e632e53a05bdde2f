/** What tests of several packages share: S3 servers to replicate to and restore from. */
package dev.sidewal.testing;
