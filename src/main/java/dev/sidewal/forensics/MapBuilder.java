package dev.sidewal.forensics;

import dev.sidewal.forensics.BTreePage.Malformed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;

/** Finds out what each page of a database is by walking all of its b-trees once. */
final class MapBuilder implements BTreePage.References {

  private final PageReader reader;
  private final FileHeader header;
  private final PageMap map;
  private final byte[] bytes;
  private final PageStack stack = new PageStack();
  private Optional<String> damage = Optional.empty();
  private int tree;
  private long parent;

  private MapBuilder(PageReader reader, FileHeader header, int pageSize, long pages) {
    this.reader = reader;
    this.header = header;
    this.bytes = new byte[pageSize];
    this.map = new PageMap(pages);
  }

  /**
   * A map, and the first thing that is not what it must be.
   *
   * @param damage empty if every reference could be followed
   */
  record Built(PageMap map, Optional<String> damage) {}

  static Built build(
      PageReader reader, FileHeader header, int pageSize, long pages, Map<Integer, Tree> trees)
      throws IOException {
    MapBuilder builder = new MapBuilder(reader, header, pageSize, pages);
    builder.others(pageSize);
    builder.free(pageSize);
    for (Map.Entry<Integer, Tree> e : trees.entrySet()) {
      builder.tree(e.getKey(), e.getValue());
    }
    return new Built(builder.map, builder.damage);
  }

  private void others(int pageSize) {
    if (header.autoVacuum() || map.pages() > 0x4000_0000L / pageSize) {
      for (int page = 2; page <= map.pages(); page++) {
        if (header.isOther(page, pageSize)) {
          map.set(page, PageMap.OTHER, 0);
        }
      }
    }
  }

  private void free(int pageSize) throws IOException {
    try {
      FreeList.walk(
          reader,
          header,
          pageSize,
          map.pages(),
          new FreeList.Visitor() {
            @Override
            public boolean trunk(long page) {
              map.set(page, PageMap.TRUNK, 0);
              return true;
            }

            @Override
            public void leaf(long page) {
              map.set(page, PageMap.FREE, 0);
            }
          });
    } catch (Malformed e) {
      damaged(e);
    }
  }

  private void damaged(Malformed e) {
    damage = damage.isPresent() ? damage : Optional.of(String.valueOf(e.getMessage()));
  }

  private void tree(int id, Tree which) throws IOException {
    tree = id;
    parent = 0;
    try {
      child(which.root());
    } catch (Malformed e) {
      damaged(e);
    }
    while (!stack.isEmpty()) {
      parent = stack.pop();
      try {
        reader.read(parent, bytes);
        if (PageMap.kind(map.value(parent)) == PageMap.BTREE) {
          new BTreePage(parent, bytes, header.usable()).references(this);
        } else {
          long next = Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt(0));
          if (next != 0) {
            overflow(next);
          }
        }
      } catch (Malformed e) {
        damaged(e);
      }
    }
  }

  @Override
  public void child(long page) throws Malformed {
    claim(page, PageMap.BTREE);
  }

  @Override
  public void overflow(long page) throws Malformed {
    claim(page, PageMap.OVERFLOW);
  }

  private void claim(long page, int kind) throws Malformed {
    if (page < 1 || page > map.pages() || map.value(page) != PageMap.UNKNOWN) {
      throw new Malformed("page " + parent + " refers to page " + page);
    }
    map.set(page, PageMap.value(tree, kind), (int) parent);
    stack.push(page);
  }
}
