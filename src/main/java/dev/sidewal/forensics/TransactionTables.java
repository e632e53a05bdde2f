package dev.sidewal.forensics;

import dev.sidewal.segment.Transaction;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a transaction did to the tables of a database.
 *
 * @param transaction the transaction
 * @param image whether only an image of the state after it is there
 * @param tables the tables that it touched, by name; immutable
 * @param schema whether it changed the schema
 * @param note what cannot be told, and why; empty if all is told
 */
public record TransactionTables(
    Transaction transaction,
    boolean image,
    List<Touched> tables,
    boolean schema,
    Optional<String> note) {

  /**
   * A table that was touched.
   *
   * @param name its name after the transaction, or before it if it is gone
   * @param pages how many changed pages belong to it and to its indexes
   * @param rows how many rows it has more than before; empty if that cannot be told
   * @param of the virtual table that keeps its content in it
   */
  public record Touched(String name, long pages, OptionalLong rows, Optional<String> of) {
    /** Checks for absent values. */
    public Touched {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(rows, "rows");
      Objects.requireNonNull(of, "of");
    }

    /** Returns whether it is a table, or belongs to a virtual table, of that name. */
    public boolean isOf(String table) {
      return name.equalsIgnoreCase(table) || of.filter(table::equalsIgnoreCase).isPresent();
    }
  }

  /** Takes a copy of the list. */
  public TransactionTables {
    Objects.requireNonNull(transaction, "transaction");
    Objects.requireNonNull(note, "note");
    tables = List.copyOf(tables);
  }

  static TransactionTables untold(Transaction transaction, boolean image, String reason) {
    return new TransactionTables(transaction, image, List.of(), false, Optional.of(reason));
  }
}
