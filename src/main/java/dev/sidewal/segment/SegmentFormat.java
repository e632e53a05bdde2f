package dev.sidewal.segment;

import java.nio.charset.StandardCharsets;

/**
 * The numbers of the object format, as {@code docs/format.md} lists them; a test holds the two
 * together.
 *
 * <pre>
 * object = header, { block, ..., index chunk }, ..., footer
 *
 * header       68 bytes   who wrote it, what it is, what it builds on           own CRC32C
 * block        16 + n     "SWBK", lengths, CRC32C; one zstd frame of pages      own CRC32C
 * index chunk  16 + n     "SWIX", lengths, CRC32C; one zstd frame of ops that
 *                         describe the blocks since the previous chunk          own CRC32C
 * footer       32 m + 92  table of the m chunks, totals, digest                 own CRC32C
 * </pre>
 *
 * Invariant: the parts tile the object. Each begins where its predecessor ends, so every byte
 * belongs to exactly one part and is covered by that part's CRC32C. All integers are big-endian.
 */
final class SegmentFormat {

  /** The first eight bytes of every object. */
  static final long MAGIC = ascii("SIDEWAL\n");

  /** The last eight bytes of every object. */
  static final long END_MAGIC = ascii("SWALEND\n");

  /** The first four bytes of a block. */
  static final int BLOCK_MAGIC = (int) ascii("SWBK");

  /** The first four bytes of an index chunk. */
  static final int INDEX_MAGIC = (int) ascii("SWIX");

  /** The latest format version; all from 1 on are read. */
  static final int VERSION = 2;

  /** Bytes of pages that the entries of a chunk may build on. */
  static final int SLOT_BYTES = 8 << 20;

  /** Entry of a block: a page image follows. */
  static final int ENTRY_PAGE = 0;

  /** Entry of a block, plus four times the slot: a page image follows, and is kept in the slot. */
  static final int ENTRY_KEPT = 1;

  /** Entry of a block, plus four times the slot: a patch of the page in the slot follows. */
  static final int ENTRY_PATCH = 2;

  /**
   * Entry of a block, plus four times the slot: another slot follows, and a patch that may take
   * pieces of both.
   */
  static final int ENTRY_MIXED = 3;

  /** The most bytes that an entry may have beyond a page. */
  static final int MAX_ENTRY_EXTRA = 16;

  /** Bytes of the header. */
  static final int HEADER_LENGTH = 68;

  /** Bytes before the zstd frame of a block or an index chunk. */
  static final int PART_HEADER_LENGTH = 16;

  /** Bytes of one entry of the footer's table. */
  static final int TABLE_ENTRY_LENGTH = 32;

  /** Bytes of the footer after its table. */
  static final int FOOTER_FIXED_LENGTH = 92;

  /** The most raw bytes that a block may hold. */
  static final int MAX_BLOCK_RAW = 16 << 20;

  /** The most raw bytes that an index chunk may hold. */
  static final int MAX_INDEX_RAW = 2 << 20;

  /** The most index chunks that an object may have. */
  static final int MAX_CHUNKS = 1 << 19;

  /** The highest page number, and the most pages of a database. */
  static final long MAX_PAGE = 0xffff_fffeL;

  /** The latest time that can be recorded, in milliseconds: the last with 13 digits. */
  static final long MAX_MILLIS = 9_999_999_999_999L;

  /** Op of an index chunk: a block begins. */
  static final int OP_BLOCK = 1;

  /** Op of an index chunk: the page numbers of the next slots of the block. */
  static final int OP_PAGES = 2;

  /** Op of an index chunk: a transaction ends. */
  static final int OP_COMMIT = 3;

  /** Flag of a commit: the states between its predecessor and it are unknown. */
  static final int FLAG_GAP = 1;

  private SegmentFormat() {}

  /**
   * Returns the version in which objects of a kind are written: an image has each page once, and
   * gains nothing from patches.
   */
  static int version(ObjectKind kind) {
    return kind.isImage() ? 1 : VERSION;
  }

  /** Returns whether blocks of a version hold entries, and not just images. */
  static boolean isPatched(int version) {
    return version >= 2;
  }

  /** Returns the most raw bytes that so many frames may take in a block with entries. */
  static long maxRaw(long frames, int pageSize) {
    return Math.min(MAX_BLOCK_RAW, frames * (pageSize + MAX_ENTRY_EXTRA));
  }

  /** A field at a fixed place. */
  interface Field {
    /** Returns the offset from the start of the part, in bytes. */
    int at();

    /** Returns the size in bytes. */
    int size();
  }

  /** The fields of the header. */
  enum HeaderField implements Field {
    MAGIC(0, 8),
    VERSION(8, 2),
    KIND(10, 1),
    RESERVED_1(11, 1),
    PAGE_SIZE(12, 4),
    REPLICA_ID(16, 16),
    GENERATION(32, 4),
    RESERVED_2(36, 4),
    FIRST_TXID(40, 8),
    BASE_PAGES(48, 8),
    BASE_CHECKSUM(56, 8),
    CRC32C(64, 4);

    private final int at;
    private final int size;

    HeaderField(int at, int size) {
      this.at = at;
      this.size = size;
    }

    @Override
    public int at() {
      return at;
    }

    @Override
    public int size() {
      return size;
    }
  }

  /** The fields before the zstd frame of a block or an index chunk. */
  enum PartField implements Field {
    MAGIC(0, 4),
    STORED_LENGTH(4, 4),
    RAW_LENGTH(8, 4),
    CRC32C(12, 4);

    private final int at;
    private final int size;

    PartField(int at, int size) {
      this.at = at;
      this.size = size;
    }

    @Override
    public int at() {
      return at;
    }

    @Override
    public int size() {
      return size;
    }
  }

  /** The fields of an entry of the footer's table. */
  enum TableField implements Field {
    OFFSET(0, 8),
    LENGTH(8, 4),
    BLOCKS(12, 4),
    FRAMES(16, 8),
    TRANSACTIONS(24, 8);

    private final int at;
    private final int size;

    TableField(int at, int size) {
      this.at = at;
      this.size = size;
    }

    @Override
    public int at() {
      return at;
    }

    @Override
    public int size() {
      return size;
    }
  }

  /** The fields of the footer after its table. */
  enum FooterField implements Field {
    LAST_TXID(0, 8),
    TRANSACTIONS(8, 8),
    FRAMES(16, 8),
    RAW_BYTES(24, 8),
    FIRST_TIME(32, 8),
    LAST_TIME(40, 8),
    DATABASE_PAGES(48, 8),
    DATABASE_CHECKSUM(56, 8),
    DIGEST(64, 8),
    CHUNKS(72, 4),
    CRC32C(76, 4),
    FOOTER_LENGTH(80, 4),
    END_MAGIC(84, 8);

    private final int at;
    private final int size;

    FooterField(int at, int size) {
      this.at = at;
      this.size = size;
    }

    @Override
    public int at() {
      return at;
    }

    @Override
    public int size() {
      return size;
    }
  }

  /** Returns the longest zstd frame that a writer makes of the given number of raw bytes. */
  static int maxStored(int rawLength) {
    return rawLength + (rawLength >> 8) + 64;
  }

  private static long ascii(String text) {
    long value = 0;
    for (byte b : text.getBytes(StandardCharsets.US_ASCII)) {
      value = value << 8 | (b & 0xff);
    }
    return value;
  }
}
