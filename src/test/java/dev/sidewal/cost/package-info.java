/**
 * What replication costs: simulated hours of an agent, in which every HTTP request is counted, and
 * what they come to at a price list.
 */
package dev.sidewal.cost;
