package dev.sidewal.sqlite;

/** Gets told how far the copying of a live database is. Called often; must return quickly. */
@FunctionalInterface
public interface CopyProgress {

  /**
   * Tells how far it is.
   *
   * @param pages pages read; begins anew with each pass
   * @param of how many pages there are, which can change
   * @param pageSize bytes a page
   */
  void read(long pages, long of, int pageSize);
}
