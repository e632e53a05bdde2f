package dev.sidewal.forensics;

/** Gets told what differs: first the schema, then each table's totals, then rows. */
public interface DiffSink {

  /** Something about the schema differs. */
  void schema(SchemaChange change);

  /** A table was compared. */
  void table(TableDiff table);

  /** A row of a table differs; those of one table come one after the other. */
  void row(String table, RowDiff row);
}
