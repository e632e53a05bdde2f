package dev.sidewal.forensics;

import dev.sidewal.forensics.BTreePage.Malformed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which page belongs to which b-tree, kept up to date from the pages that each transaction changed.
 *
 * <p>Why the changed pages are enough: a page comes to another b-tree only by being free in between
 * or by being moved, and whatever refers to it then was written for that. So, after a transaction,
 * a changed page is what a changed page that is alive says that it is; or else, if the page that
 * referred to it before is unchanged and not free, what it was. Alive are the roots that the schema
 * names, and what can be reached from there. A page that is freed is on the list of free pages,
 * whose changed trunks are read.
 *
 * <p>Invariant: each reference that is met is held against the map. Where they contradict each
 * other, where states between are unknown, or where a changed page is nobody's, the map is built
 * anew from the whole database: a page is never said to belong to what it does not belong to.
 */
final class OwnerMap {

  /** The schema's b-tree. */
  static final int SCHEMA = 0;

  private final PageReader reader;
  private final int pageSize;
  private final byte[] bytes;
  private FileHeader header;
  private Map<Integer, Tree> trees = new TreeMap<>();
  private PageMap map;
  private Optional<String> damage = Optional.empty();
  private int nextId = 1;
  private long rebuilds;

  /** What pages were before the last update, for those that are something else now. */
  private final Log log = new Log();

  private static final class Log {
    private int[] pages = new int[64];
    private int[] values = new int[64];
    private int[] parents = new int[64];
    private int count;

    void add(long page, int value, int parent) {
      if (count == pages.length) {
        pages = Arrays.copyOf(pages, count * 2);
        values = Arrays.copyOf(values, count * 2);
        parents = Arrays.copyOf(parents, count * 2);
      }
      pages[count] = (int) page;
      values[count] = value;
      parents[count] = parent;
      count++;
    }
  }

  /** Gets pages that were not written, but are not any more what they were. */
  @FunctionalInterface
  interface Moved {
    void page(long page, int before, int after) throws IOException;
  }

  /** Builds the map of a state. */
  OwnerMap(PageReader reader, int pageSize, long pages, List<Tree> schema) throws IOException {
    this.reader = reader;
    this.pageSize = pageSize;
    this.bytes = new byte[pageSize];
    this.header = readHeader();
    this.trees = adopt(schema, tree -> Optional.empty());
    build(pages);
  }

  private FileHeader readHeader() throws IOException {
    reader.read(1, bytes);
    return FileHeader.of(bytes);
  }

  private void build(long pages) throws IOException {
    MapBuilder.Built built = MapBuilder.build(reader, header, pageSize, pages, trees);
    map = built.map();
    damage = built.damage();
    rebuilds++;
  }

  /** Returns what a page is. */
  int value(long page) {
    return map.value(page);
  }

  /** Returns the b-trees by their numbers. */
  Map<Integer, Tree> trees() {
    return trees;
  }

  /** Returns what the file's header says. */
  FileHeader header() {
    return header;
  }

  /** Returns what is wrong with the database, if something is. */
  Optional<String> damage() {
    return damage;
  }

  /** Returns how often the whole database was read. */
  long rebuilds() {
    return rebuilds;
  }

  /** Reads the schema when it is needed. */
  @FunctionalInterface
  interface Schema {
    List<Tree> read() throws IOException;
  }

  /**
   * Takes a transaction in.
   *
   * @param changed its pages
   * @param pages the size after it
   * @param whole whether it must not be understood from its pages alone
   * @param moved gets pages that belong to something else now and are not among the changed ones
   * @return whether the schema was read again
   */
  boolean update(ChangedPages changed, long pages, boolean whole, Schema schema, Moved moved)
      throws IOException {
    FileHeader before = header;
    header = readHeader();
    boolean schemaChanged = whole || schemaChanged(before, changed);
    if (schemaChanged) {
      List<Tree> read = schema.read();
      trees =
          adopt(
              read,
              tree ->
                  whole || tree.root() > pages || changed.contains(tree.root())
                      ? Optional.empty()
                      : Optional.of(map.value(tree.root()))
                          .filter(v -> PageMap.kind(v) == PageMap.BTREE)
                          .map(PageMap::tree));
    }
    log.count = 0;
    int pagesBefore = map.pages();
    if (!whole && damage.isEmpty() && new Update(changed, before, pages).done()) {
      for (int i = 0; i < log.count; i++) {
        long page = log.pages[i];
        if (!changed.contains(page)) {
          moved.page(page, log.values[i], map.value(page));
        }
      }
      return schemaChanged;
    }
    for (int i = log.count - 1; i >= 0; i--) {
      map.resize(Math.max(pagesBefore, pages));
      map.set(log.pages[i], log.values[i], log.parents[i]);
    }
    PageMap old = map;
    build(pages);
    for (long page = 1; page <= Math.min(pages, pagesBefore); page++) {
      if (old.value(page) != map.value(page) && !changed.contains(page)) {
        moved.page(page, old.value(page), map.value(page));
      }
    }
    return schemaChanged;
  }

  private boolean schemaChanged(FileHeader before, ChangedPages changed) {
    if (header.schemaCookie() != before.schemaCookie() || header.body() != before.body()) {
      return true;
    }
    for (int i = 0; i < changed.count(); i++) {
      int value = map.value(changed.page(i));
      if (changed.page(i) != 1 && PageMap.isContent(value) && PageMap.tree(value) == SCHEMA) {
        return true;
      }
    }
    return false;
  }

  /** Finds the number that a b-tree surely had. */
  @FunctionalInterface
  private interface Known {
    Optional<Integer> number(Tree tree);
  }

  /** Numbers the b-trees of a schema: those that were there keep their numbers. */
  private Map<Integer, Tree> adopt(List<Tree> schema, Known known) {
    Map<Integer, Tree> adopted = new TreeMap<>();
    List<Tree> left = new java.util.ArrayList<>();
    for (Tree tree : schema) {
      Optional<Integer> number = tree.root() == 1 ? Optional.of(SCHEMA) : known.number(tree);
      if (number.isEmpty() || adopted.putIfAbsent(number.get(), tree) != null) {
        left.add(tree);
      }
    }
    // Not by the root: a table may be dropped and another one begin on the same page.
    left.removeIf(
        tree -> {
          for (Map.Entry<Integer, Tree> e : trees.entrySet()) {
            Tree old = e.getValue();
            if (old.name().equals(tree.name())
                && old.isTable() == tree.isTable()
                && adopted.putIfAbsent(e.getKey(), tree) == null) {
              return true;
            }
          }
          return false;
        });
    left.forEach(tree -> adopted.put(nextId++, tree));
    return adopted;
  }

  /** One transaction. */
  private final class Update implements BTreePage.References {
    private final ChangedPages changed;
    private final FileHeader before;
    private final long pages;
    private final BitSet visited = new BitSet();
    private final BitSet freed = new BitSet();
    private final PageStack stack = new PageStack();
    private int tree;
    private long parent;

    Update(ChangedPages changed, FileHeader before, long pages) {
      this.changed = changed;
      this.before = before;
      this.pages = pages;
    }

    /** Returns whether the map is that of the new state; if not, it is none. */
    boolean done() throws IOException {
      if (header.usable() != before.usable() || header.autoVacuum() != before.autoVacuum()) {
        return false;
      }
      try {
        resize();
        others();
        free();
        roots();
        unmoved();
        return noneIsLeft();
      } catch (Malformed e) {
        return false;
      }
    }

    private void set(long page, int value, long by) {
      log.add(page, map.value(page), map.parent(page));
      map.set(page, value, (int) by);
    }

    private void resize() {
      for (long page = pages + 1; page <= map.pages(); page++) {
        set(page, PageMap.UNKNOWN, 0);
      }
      map.resize(pages);
    }

    private void others() {
      for (int i = 0; i < changed.count(); i++) {
        int page = changed.page(i);
        if (page <= pages && header.isOther(page, pageSize)) {
          set(page, PageMap.OTHER, 0);
          visited.set(page);
        }
      }
    }

    private void free() throws IOException, Malformed {
      boolean same = header.sameFreeList(before);
      for (int i = 0; same && i < changed.count(); i++) {
        same = PageMap.kind(map.value(changed.page(i))) != PageMap.TRUNK;
      }
      if (same) {
        return;
      }
      FreeList.walk(
          reader,
          header,
          pageSize,
          pages,
          new FreeList.Visitor() {
            @Override
            public boolean trunk(long page) throws Malformed {
              if (!changed.contains(page)) {
                if (PageMap.kind(map.value(page)) != PageMap.TRUNK) {
                  throw new Malformed("trunk " + page);
                }
                return false;
              }
              set(page, PageMap.TRUNK, 0);
              freed.set((int) page);
              visited.set((int) page);
              return true;
            }

            @Override
            public void leaf(long page) {
              if (PageMap.kind(map.value(page)) != PageMap.FREE) {
                set(page, PageMap.FREE, 0);
                freed.set((int) page);
              }
              visited.set((int) page);
            }
          });
    }

    private void roots() throws IOException, Malformed {
      for (Map.Entry<Integer, Tree> e : trees.entrySet()) {
        long root = e.getValue().root();
        tree = e.getKey();
        parent = 0;
        if (root > pages || root < 1) {
          throw new Malformed("root " + root);
        }
        if (changed.contains(root)) {
          child(root);
        } else if (map.value(root) != PageMap.value(tree, PageMap.BTREE)) {
          throw new Malformed("root " + root);
        }
      }
      follow();
    }

    /** Takes up changed pages to which an unchanged page refers as it did before. */
    private void unmoved() throws IOException, Malformed {
      for (int i = 0; i < changed.count(); i++) {
        int page = changed.page(i);
        long by = map.parent(page);
        if (page <= pages
            && !visited.get(page)
            && by != 0
            && by <= pages
            && !changed.contains(by)
            && PageMap.isContent(map.value(page))
            && PageMap.isContent(map.value(by))) {
          visited.set(page);
          stack.push(page);
          follow();
        }
      }
    }

    private void follow() throws IOException, Malformed {
      while (!stack.isEmpty()) {
        parent = stack.pop();
        int value = map.value(parent);
        tree = PageMap.tree(value);
        reader.read(parent, bytes);
        if (PageMap.kind(value) == PageMap.BTREE) {
          new BTreePage(parent, bytes, header.usable()).references(this);
        } else {
          long next = Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt(0));
          if (next != 0) {
            overflow(next);
          }
        }
      }
    }

    private boolean noneIsLeft() {
      for (int i = 0; i < changed.count(); i++) {
        int page = changed.page(i);
        if (page <= pages && !visited.get(page) && PageMap.kind(map.value(page)) != PageMap.FREE) {
          return false;
        }
      }
      return true;
    }

    @Override
    public void child(long page) throws Malformed {
      claim(page, PageMap.value(tree, PageMap.BTREE));
    }

    @Override
    public void overflow(long page) throws Malformed {
      claim(page, PageMap.value(tree, PageMap.OVERFLOW));
    }

    private void claim(long page, int value) throws Malformed {
      if (page < 1 || page > pages || freed.get((int) page)) {
        throw new Malformed("page " + parent + " refers to page " + page);
      }
      boolean isChanged = changed.contains(page);
      if (isChanged ? visited.get((int) page) : map.value(page) != value) {
        throw new Malformed("page " + page + " is not what page " + parent + " says");
      }
      if (map.value(page) != value || map.parent(page) != (int) parent) {
        set(page, value, parent);
      }
      if (isChanged) {
        visited.set((int) page);
        stack.push(page);
      }
    }
  }
}
