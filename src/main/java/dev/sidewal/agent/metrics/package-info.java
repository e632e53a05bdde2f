/**
 * The agent's figures as metrics: those of each database, looked up when somebody asks, and those
 * of the process. Knows Micrometer and Prometheus, which nothing else does; uses the agent's public
 * types only. The command line and host applications use it.
 */
package dev.sidewal.agent.metrics;
