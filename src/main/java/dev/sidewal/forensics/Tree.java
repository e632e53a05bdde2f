package dev.sidewal.forensics;

import java.util.Objects;
import java.util.Optional;

/**
 * One b-tree of a database.
 *
 * @param name the table or index
 * @param table the table that it belongs to: its own name, or that of the index's table
 * @param isTable whether it holds the rows of the table
 * @param root its root page
 * @param of the virtual table that keeps its content in this table; empty for others
 */
record Tree(String name, String table, boolean isTable, long root, Optional<String> of) {
  Tree {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(of, "of");
  }
}
