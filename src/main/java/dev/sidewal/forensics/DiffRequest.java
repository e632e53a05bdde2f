package dev.sidewal.forensics;

import java.util.List;

/**
 * What is to be told of a difference.
 *
 * @param tables only these; all if there are none
 * @param rows how many rows of each table are told at most; 0 for totals only
 */
public record DiffRequest(List<String> tables, long rows) {

  /** Takes a copy of the list. */
  public DiffRequest {
    tables = List.copyOf(tables);
    if (rows < 0) {
      throw new IllegalArgumentException("rows: " + rows);
    }
  }
}
