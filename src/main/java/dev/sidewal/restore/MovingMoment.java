package dev.sidewal.restore;

import dev.sidewal.error.HistoryDamagedException;
import dev.sidewal.error.NoRoomException;
import dev.sidewal.replica.HistoryReader;
import dev.sidewal.replica.ObjectGoneException;
import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import dev.sidewal.replica.TxidRange;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.Transaction;
import dev.sidewal.sqlite.PageHash;
import dev.sidewal.store.ObjectStore;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * One moment of a replica as a scratch file that moves: forward by what transactions changed, back
 * to where it was marked by the page images that it kept. Not safe for use by several threads.
 *
 * <p>Invariant: after each transaction the file has the size and the database checksum that the
 * transaction recorded, so it is that state. The checksum is carried on: the hash of a page's old
 * image goes out, that of the new one goes in; pages that are cut off go out; pages that come to
 * lie within the database and are not written are zeros and go in as such; the lock-byte page does
 * not count. Going back is proved in the same way.
 *
 * <p>Where only images or nothing at all lies on the way, there is no way: see {@link #wayBytes}.
 */
public final class MovingMoment implements Closeable {

  private static final String UNDO = "undo";

  /** What opening one more object costs, in bytes that could be read meanwhile. */
  private static final long REQUEST_BYTES = 1 << 16;

  private final ObjectStore store;
  private final int parallelism;
  private final UUID replicaId;
  private final MomentFile moment;
  private final FileChannel file;
  private final int pageSize;
  private final long lockBytePage;
  private final long zeroContent;
  private final byte[] old;
  private Optional<UndoFile> undo = Optional.empty();
  private Timeline timeline;
  private Transaction mark;
  private Transaction now;
  private long pages;
  private long checksum;

  private MovingMoment(MomentFile.Source source, Timeline timeline, MomentFile moment)
      throws IOException {
    this.store = source.store();
    this.parallelism = source.parallelism();
    this.timeline = timeline;
    this.moment = moment;
    this.replicaId = timeline.listing().generations().get(0).manifest().replicaId();
    this.pageSize = moment.pageSize();
    this.lockBytePage = LockBytePage.number(pageSize);
    this.old = new byte[pageSize];
    this.zeroContent = PageHash.content(old, 0, pageSize);
    this.now = moment.transaction();
    this.mark = now;
    this.pages = now.databasePages();
    this.checksum = now.checksum();
    this.file = FileChannel.open(moment.path(), StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Restores a moment that can move. Throws what {@link MomentFile#restore} throws. */
  public static MovingMoment restore(
      MomentFile.Source source, Timeline timeline, RestoreTarget target) {
    MomentFile moment = MomentFile.restore(source, target);
    boolean done = false;
    try {
      MovingMoment moving = new MovingMoment(source, timeline, moment);
      done = true;
      return moving;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (!done) {
        moment.close();
      }
    }
  }

  /** Returns the transaction whose state the file is. */
  public Transaction transaction() {
    return now;
  }

  /** Returns the file; only this changes it. */
  public Path path() {
    return moment.path();
  }

  /** Returns bytes a page. */
  public int pageSize() {
    return pageSize;
  }

  /** Opens it for reading; to be closed before it moves. */
  public Connection open() throws SQLException {
    return moment.open();
  }

  /** Reads a page of the current state. */
  public void read(long page, byte[] target) throws IOException {
    if (page < 1 || page > pages) {
      throw new IOException("page " + page + " of " + pages);
    }
    ByteBuffer buffer = ByteBuffer.wrap(target, 0, pageSize);
    long at = (page - 1) * pageSize;
    while (buffer.hasRemaining()) {
      if (file.read(buffer, at + buffer.position()) < 0) {
        throw new IOException("the file ends within page " + page);
      }
    }
  }

  /**
   * Returns what moving forward to a transaction costs: the bytes of the objects on the way, and
   * something for each of them. Empty if it lies back, or nothing leads there but an image.
   */
  public OptionalLong wayBytes(long txid) {
    if (txid <= now.txid()) {
      return txid == now.txid() ? OptionalLong.of(0) : OptionalLong.empty();
    }
    long next = now.txid() + 1;
    long bytes = 0;
    for (TimelineObject object : timeline.cover(new TxidRange(next, txid))) {
      if (object.object().name().kind().isImage() || object.first() > next) {
        return OptionalLong.empty();
      }
      bytes += object.object().bytes() + REQUEST_BYTES;
      next = object.last() + 1;
    }
    return next > txid ? OptionalLong.of(bytes) : OptionalLong.empty();
  }

  /**
   * Returns what restoring costs, measured as {@link #wayBytes} is: its objects are opened as well,
   * and the whole file is written and proved, which is cheaper than to fetch that much.
   */
  public static long restoreBytes(RestorePlan plan) {
    return plan.totalBytes() + plan.objects().size() * REQUEST_BYTES + plan.databaseBytes() / 4;
  }

  /** Makes the current state the one that {@link #back} goes to; needed before the first. */
  public void mark() {
    try {
      if (undo.isEmpty()) {
        Files.deleteIfExists(moment.scratch().resolve(UNDO));
        undo = Optional.of(new UndoFile(moment.scratch().resolve(UNDO), pageSize));
      } else {
        undo.get().mark();
      }
      mark = now;
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Goes back to the mark. */
  public void back() {
    UndoFile kept = undo.orElseThrow(() -> new IllegalStateException("nothing was marked"));
    try {
      resize(mark.databasePages(), PageChanges.NONE, false);
      kept.undo((page, content) -> overwrite(page, content, 0));
      check(mark, "the undo file");
      now = mark;
      kept.mark();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /**
   * Moves forward. If it fails, the file is no state at all until {@link #back}.
   *
   * @param txid a transaction to which {@link #wayBytes} says there is a way
   * @param changes gets every changed page and every transaction on the way
   * @throws HistoryDamagedException if an object is damaged or contradicts another
   * @throws dev.sidewal.error.StoreException if the store is unreachable or refuses
   */
  public void moveTo(long txid, PageChanges changes) {
    try {
      long goneAt = 0;
      while (now.txid() < txid) {
        try {
          apply(txid, changes);
        } catch (ObjectGoneException e) {
          // Packs take the place of segments: what is there now leads there too. A transaction of
          // which a part was applied is applied again from its beginning, which writes the same.
          boolean stuck = goneAt == now.txid();
          goneAt = now.txid();
          timeline = Timeline.load(store);
          if (stuck || wayBytes(txid).isEmpty()) {
            throw e;
          }
        }
      }
    } catch (ObjectGoneException e) {
      throw new HistoryDamagedException(
          e.getMessage()
              + ". Retention may have removed it meanwhile: run the command again; if it stays so,"
              + " its transactions are lost.",
          e);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void apply(long txid, PageChanges changes) throws IOException {
    if (txid <= now.txid()) {
      return;
    }
    List<TimelineObject> way = timeline.cover(new TxidRange(now.txid() + 1, txid));
    try (ObjectsAhead ahead = new ObjectsAhead(store, way, parallelism)) {
      for (TimelineObject object : way) {
        long from = now.txid() + 1;
        if (object.object().name().kind().isImage() || object.first() > from) {
          throw new IllegalStateException("there is no way from " + now + " to " + txid);
        }
        SegmentReader reader = HistoryReader.open(object.object(), ahead.next(), replicaId);
        if (reader.summary().header().pageSize() != pageSize) {
          throw new HistoryDamagedException(
              object.key() + " has pages of another size than the state that it follows.");
        }
        ForwardWalk.walk(
            reader, from, Math.min(txid, object.last()), new Applying(object.key(), changes));
      }
    }
  }

  /** Puts pages into the file. */
  private final class Applying implements ForwardWalk.Sink {
    private final String key;
    private final PageChanges changes;

    Applying(String key, PageChanges changes) {
      this.key = key;
      this.changes = changes;
    }

    @Override
    public void page(long page, byte[] bytes, int offset) throws IOException {
      if (page == lockBytePage) {
        return;
      }
      if (page > pages) {
        resize(page, changes, true);
      }
      changing(page, changes, true);
      put(page, bytes, offset);
    }

    @Override
    public void commit(Transaction transaction) throws IOException {
      resize(transaction.databasePages(), changes, true);
      check(transaction, key);
      now = transaction;
      changes.committed(transaction);
    }
  }

  /** Reads a page that is about to change, takes it out of the checksum, and keeps it. */
  private void changing(long page, PageChanges changes, boolean keep) throws IOException {
    read(page, old);
    checksum ^= PageHash.hash(page, old, 0, pageSize);
    if (keep) {
      changes.before(page, old, page <= now.databasePages());
      if (undo.isPresent() && page <= mark.databasePages() && undo.get().needs(page)) {
        undo.get().save(page, old);
      }
    }
  }

  private void overwrite(long page, byte[] bytes, int offset) throws IOException {
    changing(page, PageChanges.NONE, false);
    put(page, bytes, offset);
  }

  private void put(long page, byte[] bytes, int offset) throws IOException {
    checksum ^= PageHash.hash(page, bytes, offset, pageSize);
    write(page, ByteBuffer.wrap(bytes, offset, pageSize));
  }

  private void write(long page, ByteBuffer buffer) throws IOException {
    long at = (page - 1) * pageSize - buffer.position();
    while (buffer.hasRemaining()) {
      file.write(buffer, at + buffer.position());
    }
  }

  /** Cuts pages off, or adds pages of zeros. */
  private void resize(long size, PageChanges changes, boolean keep) throws IOException {
    if (size < pages) {
      for (long page = pages; page > size; page--) {
        if (page != lockBytePage) {
          changing(page, changes, keep);
        }
      }
      file.truncate(size * pageSize);
    } else if (size > pages) {
      for (long page = pages + 1; page <= size; page++) {
        if (page != lockBytePage) {
          checksum ^= PageHash.withNumber(page, zeroContent);
        }
      }
      write(size, ByteBuffer.allocate(pageSize));
    }
    pages = size;
  }

  private void check(Transaction transaction, String source) {
    if (checksum != transaction.checksum() || pages != transaction.databasePages()) {
      throw new HistoryDamagedException(
          String.format(
              Locale.ROOT,
              "What %s leads to is not transaction %d: it gives %d pages with checksum %016x, but"
                  + " %d pages with checksum %016x were recorded. The object is not what was"
                  + " written. Look at the replica with sidewal verify.",
              source,
              transaction.txid(),
              pages,
              checksum,
              transaction.databasePages(),
              transaction.checksum()));
    }
  }

  private RuntimeException failed(IOException e) {
    String reason = String.valueOf(e.getMessage());
    if (Files.exists(moment.path()) && moment.path().toFile().getUsableSpace() < 1 << 20) {
      return new NoRoomException(
          "There is no room left for the temporary file "
              + moment.path()
              + " ("
              + reason
              + "). Nothing else was changed. Name a directory with room (--scratch).");
    }
    return new UncheckedIOException(e);
  }

  @Override
  public void close() {
    try (moment) {
      if (undo.isPresent()) {
        undo.get().close();
      }
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
