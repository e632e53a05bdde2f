package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What SQLite writes into its log is read back frame by frame, and takes less room. */
class SqliteLogTest {

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"512, 3000", "1024, 3000", "4096, 4000", "65536, 3000"})
  void everyFrameIsReadBack(int pageSize, int rows) throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    List<Sample.Tx> log = log(pageSize, rows, new Random(seed));
    // Chunks of a block each, of a few, and one that takes all.
    for (int chunkBlocks : new int[] {1, 5, 1 << 20}) {
      for (int blockBytes : new int[] {4 * pageSize, 1 << 20}) {
        Sample sample =
            new Sample(Sample.header(ObjectKind.SEGMENT, pageSize, 1))
                .options(new SegmentWriterOptions(blockBytes, 1))
                .chunks(chunkBlocks, 1);
        sample.transactions.addAll(log);
        byte[] object = sample.write();
        String context =
            "seed " + seed + ", " + chunkBlocks + " blocks of " + blockBytes + " in a chunk";
        SegmentReader reader = SegmentReader.open(new MemorySource(object));
        reader.verifyAll();
        sample.assertHolds(Sample.read(reader));
        long[] entries = Entries.count(new Anatomy(object), pageSize);
        double share = object.length / (double) reader.summary().rawBytes();
        System.out.println(
            context + ": " + share + " of raw, entries by type " + Arrays.toString(entries));
        assertThat(Arrays.stream(entries).sum()).as(context).isEqualTo(reader.summary().frames());
        if (chunkBlocks == 1 && blockBytes < 1 << 20) {
          assertThat(reader.indexChunks()).as(context).isGreaterThan(100);
        }
        if (chunkBlocks > 5) {
          assertThat(share).as(context).isLessThan(0.3);
          assertThat(entries[SegmentFormat.ENTRY_MIXED]).as(context).isPositive();
          assertThat(entries[SegmentFormat.ENTRY_PATCH])
              .as(context)
              .isGreaterThan(entries[SegmentFormat.ENTRY_KEPT]);
        }
      }
    }
  }

  /** Returns the transactions of a log that SQLite wrote. */
  private List<Sample.Tx> log(int pageSize, int rows, Random random)
      throws SQLException, IOException {
    Path database = directory.resolve("app.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA page_size=" + pageSize);
      statement.execute("PRAGMA auto_vacuum=INCREMENTAL");
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("PRAGMA synchronous=OFF");
      statement.execute("PRAGMA wal_autocheckpoint=0");
      statement.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, k BLOB, v TEXT, n INT)");
      statement.execute("CREATE INDEX i ON t(k)");
      statement.execute("CREATE INDEX j ON t(n, v)");
      insert(connection, rows, random);
      for (int i = 0; i < 60; i++) {
        statement.execute("UPDATE t SET n = n + 1 WHERE id = " + (1 + random.nextInt(rows)));
      }
      statement.execute("UPDATE t SET v = v || 'x', k = randomblob(20) WHERE id % 17 = 3");
      statement.execute("DELETE FROM t WHERE id % 3 = 1");
      for (int i = 0; i < 20; i++) {
        // Gives one page back; the rest would come with the rows of its result.
        try (Statement vacuum = connection.createStatement()) {
          vacuum.execute("PRAGMA incremental_vacuum(1)");
        }
      }
      insert(connection, rows / 8, random);
      statement.execute("DROP INDEX i");
      statement.execute("CREATE INDEX i ON t(k, v)");
      statement.execute("VACUUM");
      statement.execute("UPDATE t SET n = n - 1");
      return parse(Files.readAllBytes(directory.resolve("app.db-wal")), pageSize);
    }
  }

  private static void insert(Connection connection, int rows, Random random) throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO t(k, v, n) VALUES(?, ?, ?)")) {
      for (int i = 0; i < rows; i++) {
        byte[] key = new byte[16];
        random.nextBytes(key);
        insert.setBytes(1, key);
        insert.setString(2, "row " + i + " of some text ".repeat(random.nextInt(8)));
        insert.setInt(3, random.nextInt(1000));
        insert.execute();
        if (i % 20 == 0) {
          connection.commit();
        }
      }
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  private static List<Sample.Tx> parse(byte[] log, int pageSize) {
    Sample sample = new Sample(Sample.header(ObjectKind.SEGMENT, pageSize, 1));
    ByteBuffer in = ByteBuffer.wrap(log);
    List<Sample.Page> pages = new ArrayList<>();
    long txid = 0;
    for (int at = 32; at + 24 + pageSize <= log.length; at += 24 + pageSize) {
      long number = Integer.toUnsignedLong(in.getInt(at));
      pages.add(new Sample.Page(number, Arrays.copyOfRange(log, at + 24, at + 24 + pageSize)));
      int databasePages = in.getInt(at + 4);
      if (databasePages > 0) {
        sample.add(++txid, Sample.START.plusMillis(txid), databasePages, false, pages);
        pages = new ArrayList<>();
      }
    }
    assertThat(txid).isGreaterThan(100);
    return sample.transactions;
  }
}
