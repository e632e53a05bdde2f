package dev.sidewal.forensics;

import dev.sidewal.forensics.BTreePage.Malformed;
import dev.sidewal.restore.MovingMoment;
import dev.sidewal.restore.PageChanges;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.PageHash;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Tells of each transaction by which a moment moves forward which tables it touched. The rows that
 * a table won are those in its pages after the transaction less those in its pages before; of a
 * page that is freed without being written, what it still holds counts as lost.
 */
final class TableTracker implements PageChanges {

  private static final int UNKNOWN_ROWS = ChangedPages.UNKNOWN_ROWS;

  private final MovingMoment moment;
  private final Consumer<TransactionTables> sink;
  private final ChangedPages changed = new ChangedPages();
  private final byte[] bytes;
  private final byte[] moved;
  private final Set<String> names = new TreeSet<>();
  private Optional<OwnerMap> map;
  private Optional<String> unreadable = Optional.empty();

  /** A schema that SQLite cannot read. */
  private static final class Unreadable extends IOException {
    private static final long serialVersionUID = 1L;

    Unreadable(SQLException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /** Looks at the whole state that a moment is now. */
  TableTracker(MovingMoment moment, Consumer<TransactionTables> sink) throws IOException {
    this.moment = moment;
    this.sink = sink;
    this.bytes = new byte[moment.pageSize()];
    this.moved = new byte[moment.pageSize()];
    this.map = build(moment.transaction().databasePages());
  }

  private Optional<OwnerMap> build(long pages) throws IOException {
    try {
      OwnerMap built = new OwnerMap(moment::read, moment.pageSize(), pages, schema());
      unreadable = Optional.empty();
      built.trees().values().forEach(this::name);
      return Optional.of(built);
    } catch (Unreadable e) {
      unreadable = Optional.of(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private void name(Tree tree) {
    names.add(tree.table());
    tree.of().ifPresent(names::add);
  }

  /** Returns the names of all tables that were there at any time. */
  Set<String> names() {
    return Collections.unmodifiableSet(names);
  }

  private List<Tree> schema() throws IOException {
    try (Connection connection = moment.open()) {
      return TreeList.read(connection);
    } catch (SQLException e) {
      throw new Unreadable(e);
    }
  }

  /** Returns the map of the current state; empty if its schema cannot be read. */
  Optional<OwnerMap> map() {
    return map;
  }

  @Override
  public void before(long page, byte[] content, boolean existed) {
    if (changed.contains(page)) {
      return;
    }
    int value = map.isPresent() ? map.get().value(page) : PageMap.UNKNOWN;
    changed.add(
        page,
        existed ? rows(value, page, content) : 0,
        existed ? PageHash.content(content, 0, content.length) : 0);
  }

  /** Returns how many rows a page holds; none if it is not of a table. */
  private int rows(int value, long page, byte[] content) {
    if (map.isEmpty() || PageMap.kind(value) != PageMap.BTREE) {
      return 0;
    }
    Tree tree = map.get().trees().get(PageMap.tree(value));
    if (tree != null && !tree.isTable()) {
      return 0;
    }
    try {
      return new BTreePage(page, content, map.get().header().usable()).rows();
    } catch (Malformed e) {
      return UNKNOWN_ROWS;
    }
  }

  @Override
  public void committed(Transaction transaction) throws IOException {
    if (map.isEmpty()) {
      map = build(transaction.databasePages());
      sink.accept(
          TransactionTables.untold(
              transaction,
              false,
              map.isEmpty()
                  ? "the schema cannot be read: " + unreadable.orElse("")
                  : "the schema before it could not be read"));
    } else {
      sink.accept(tables(transaction));
    }
    changed.clear();
  }

  private TransactionTables tables(Transaction transaction) throws IOException {
    OwnerMap owners = map.orElseThrow();
    Map<Integer, Tree> before = owners.trees();
    Optional<String> damage = owners.damage();
    RowLedger ledger = new RowLedger();
    int[] old = new int[changed.count()];
    for (int i = 0; i < old.length; i++) {
      old[i] = owners.value(changed.page(i));
      count(ledger, old[i], changed.rowsBefore(i), -1);
    }
    long body = owners.header().body();
    int cookie = owners.header().schemaCookie();
    try {
      boolean schemaRead =
          owners.update(
              changed,
              transaction.databasePages(),
              transaction.gap(),
              this::schema,
              (page, was, is) -> {
                if (was != is) {
                  moment.read(page, moved);
                  // What it is now says how it is read; the content is the same.
                  count(ledger, was, rows(was, page, moved), -1);
                  count(ledger, is, rows(is, page, moved), 1);
                }
              });
      if (schemaRead) {
        owners.trees().values().forEach(this::name);
      }
    } catch (Unreadable e) {
      map = Optional.empty();
      unreadable = Optional.of(String.valueOf(e.getMessage()));
      return TransactionTables.untold(
          transaction, false, "the schema cannot be read after it: " + unreadable.get());
    }
    for (int i = 0; i < old.length; i++) {
      after(owners, i, old[i], transaction.databasePages(), body, ledger);
    }
    return new TransactionTables(
        transaction,
        false,
        ledger.tables(before, owners.trees()),
        cookie != owners.header().schemaCookie(),
        note(transaction, damage.or(owners::damage)));
  }

  private static Optional<String> note(Transaction transaction, Optional<String> damage) {
    if (damage.isPresent()) {
      return Optional.of(
          "the database is damaged there ("
              + damage.get()
              + "): what its pages belong to is not known of all of them");
    }
    return transaction.gap()
        ? Optional.of("several commits that were not recorded one by one: what they did together")
        : Optional.empty();
  }

  /** Counts a changed page as it is now. */
  private void after(OwnerMap owners, int i, int old, long pages, long bodyBefore, RowLedger ledger)
      throws IOException {
    long page = changed.page(i);
    int now = page <= pages ? owners.value(page) : PageMap.UNKNOWN;
    boolean same = false;
    if (page <= pages) {
      moment.read(page, bytes);
      count(ledger, now, rows(now, page, bytes), 1);
      // A transaction that was rolled back in part writes pages that are what they were.
      same =
          page == 1
              ? bodyBefore == owners.header().body()
              : changed.hashBefore(i) != 0
                  && changed.hashBefore(i) == PageHash.content(bytes, 0, bytes.length)
                  && old == now;
    }
    if (!same) {
      int whose = PageMap.isContent(now) ? now : old;
      if (PageMap.isContent(whose)) {
        ledger.page(PageMap.tree(whose));
      }
    }
  }

  private static void count(RowLedger ledger, int value, int rows, int sign) {
    if (PageMap.kind(value) != PageMap.BTREE) {
      return;
    }
    if (rows == UNKNOWN_ROWS) {
      ledger.unknown(PageMap.tree(value));
    } else {
      ledger.rows(PageMap.tree(value), (long) sign * rows);
    }
  }
}
