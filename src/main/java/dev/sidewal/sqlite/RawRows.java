package dev.sidewal.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.sqlite.core.Codes;
import org.sqlite.core.CoreStatement;
import org.sqlite.core.SafeStmtPtr;

/**
 * The rows of a query as SQLite has them: each value with its storage class, and text as the bytes
 * that are stored, in the encoding of the database, valid or not. (JDBC's own getters decode text
 * and guess types.) Columns count from 0. Not safe for use by several threads.
 */
public final class RawRows implements AutoCloseable {

  /** A value's storage class. */
  public enum Type {
    /** NULL. */
    NULL,
    /** A signed integer of 64 bits. */
    INTEGER,
    /** A floating-point number. */
    REAL,
    /** Text in the encoding of the database. */
    TEXT,
    /** Bytes. */
    BLOB
  }

  private static final byte[] EMPTY = {};

  private final PreparedStatement statement;
  private final SafeStmtPtr pointer;
  private final ResultSet rows;

  private RawRows(PreparedStatement statement, ResultSet rows) throws SQLException {
    this.statement = statement;
    this.rows = rows;
    this.pointer = ((CoreStatement) statement).pointer;
  }

  /** Runs a query; the parameters are bound in their order. */
  public static RawRows of(Connection connection, String query, long... parameters)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(query);
    try {
      for (int i = 0; i < parameters.length; i++) {
        statement.setLong(i + 1, parameters[i]);
      }
      return new RawRows(statement, statement.executeQuery());
    } catch (SQLException e) {
      statement.close();
      throw e;
    }
  }

  /** Goes to the next row; false if there is none. */
  public boolean next() throws SQLException {
    return rows.next();
  }

  /** Returns the storage class of a column. */
  public Type type(int column) throws SQLException {
    int code =
        pointer.safeRunInt((db, statementPointer) -> db.column_type(statementPointer, column));
    return switch (code) {
      case Codes.SQLITE_INTEGER -> Type.INTEGER;
      case Codes.SQLITE_FLOAT -> Type.REAL;
      case Codes.SQLITE_TEXT -> Type.TEXT;
      case Codes.SQLITE_BLOB -> Type.BLOB;
      default -> Type.NULL;
    };
  }

  /** Returns an integer. */
  public long integer(int column) throws SQLException {
    return pointer.safeRunLong((db, statementPointer) -> db.column_long(statementPointer, column));
  }

  /** Returns a floating-point number. */
  public double real(int column) throws SQLException {
    return pointer.safeRunDouble(
        (db, statementPointer) -> db.column_double(statementPointer, column));
  }

  /** Returns the bytes of a text or BLOB. */
  public byte[] bytes(int column) throws SQLException {
    byte[] bytes =
        pointer.safeRun((db, statementPointer) -> db.column_blob(statementPointer, column));
    // SQLite has no address for what is empty.
    return bytes == null ? EMPTY : bytes;
  }

  @Override
  public void close() throws SQLException {
    statement.close();
  }
}
