package dev.sidewal.restore;

import dev.sidewal.segment.Transaction;
import java.io.IOException;

/** Gets told what transactions do to a moment that moves forward; called by one thread. */
public interface PageChanges {

  /** Listens to nothing. */
  PageChanges NONE =
      new PageChanges() {
        @Override
        public void before(long page, byte[] content, boolean existed) {}

        @Override
        public void committed(Transaction transaction) {}
      };

  /**
   * Gets a page just before it is overwritten or cut off; again, and then not as it was before the
   * transaction, if that has it twice or is begun anew because its object went away.
   *
   * @param content the page as it is; valid during the call
   * @param existed whether it lay within the database before the transaction
   */
  void before(long page, byte[] content, boolean existed) throws IOException;

  /** Gets a transaction when the file is the state after it, and proved to be. */
  void committed(Transaction transaction) throws IOException;
}
