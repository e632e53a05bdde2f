/**
 * The configuration file of an agent: reads YAML strictly, puts variables of the environment in,
 * and says where the databases are. It knows names and text; what a setting means and which there
 * are it is told. It may use {@code agent}, {@code store} and {@code error}; only {@code cli} may
 * use it.
 */
package dev.sidewal.config;
