package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What the writer refuses: an object that its reader would refuse is never written. */
class SegmentWriterTest {

  private static final byte[] PAGE = new byte[512];

  private static SegmentWriter writer(ObjectKind kind) {
    return new SegmentWriter(
        Sample.header(kind, 512, 10), new ByteArrayOutputStream(), SegmentWriterOptions.DEFAULT);
  }

  private static Transaction tx(long txid, long frames) {
    return new Transaction(txid, Sample.START, frames, frames, 9, 1, false);
  }

  @Test
  void pagesOutsideTheDatabaseFormat() throws IOException {
    try (SegmentWriter writer = writer(ObjectKind.SEGMENT)) {
      for (long number : new long[] {0, -1, 0xffff_ffffL, Long.MAX_VALUE}) {
        assertThatThrownBy(() -> writer.page(number, PAGE, 0))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("page number " + number);
      }
      assertThatThrownBy(() -> writer.page(1, PAGE, 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(writer.pendingBytes()).isZero();
      writer.page(0xffff_fffeL, PAGE, 0);
    }
  }

  @Test
  void txidsOutOfOrder() throws IOException {
    try (SegmentWriter segment = writer(ObjectKind.SEGMENT);
        SegmentWriter snapshot = writer(ObjectKind.SNAPSHOT);
        SegmentWriter delta = writer(ObjectKind.DELTA)) {
      refuse(segment, tx(9, 0), "txid 9 after 9");
      refuse(segment, tx(11, 0), "txid 11 after 9");
      segment.commit(tx(10, 0));
      refuse(segment, tx(10, 0), "txid 10 after 10");
      segment.commit(tx(11, 0));
      refuse(snapshot, tx(11, 0), "in a SNAPSHOT");
      snapshot.commit(tx(10, 0));
      refuse(snapshot, tx(11, 0), "in a SNAPSHOT");
      assertThatThrownBy(() -> snapshot.page(1, PAGE, 0)).isInstanceOf(IllegalStateException.class);
      refuse(delta, tx(9, 0), "in a DELTA");
      delta.commit(tx(99, 0));
      refuse(delta, tx(100, 0), "in a DELTA");
    }
  }

  @Test
  void timesThatGoBackAndFramesThatAreNotThere() throws IOException {
    try (SegmentWriter writer = writer(ObjectKind.PACK)) {
      refuse(writer, tx(10, 1), "has 0 frames, not 1");
      writer.page(1, PAGE, 0);
      writer.page(1, PAGE, 0);
      refuse(writer, tx(10, 1), "has 2 frames, not 1");
      refuse(
          writer, new Transaction(10, Sample.START, 2, 0, 9, 1, false), "has frames, but no page");
      Instant early = Instant.ofEpochMilli(-1);
      refuse(writer, new Transaction(10, early, 2, 1, 9, 1, false), "time 1969");
      Instant late = Instant.ofEpochMilli(SegmentFormat.MAX_MILLIS + 1);
      refuse(writer, new Transaction(10, late, 2, 1, 9, 1, false), "time 2286");
      writer.commit(new Transaction(10, Sample.START, 2, 1, 9, 1, false));
      refuse(
          writer, new Transaction(11, Sample.START.minusMillis(1), 0, 0, 9, 1, false), "time 2026");
      // Less than a millisecond earlier counts as the same time.
      writer.commit(new Transaction(11, Sample.START.plusNanos(10), 0, 0, 9, 1, false));
      writer.commit(tx(12, 0));
    }
  }

  private static void refuse(SegmentWriter writer, Transaction transaction, String message) {
    assertThatThrownBy(() -> writer.commit(transaction))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void anEndWithoutACommit() throws IOException {
    try (SegmentWriter writer = writer(ObjectKind.SEGMENT)) {
      assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
      writer.commit(tx(10, 0));
      writer.page(1, PAGE, 0);
      assertThatThrownBy(writer::finish)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("1 frames without a commit");
      writer.commit(tx(11, 1));
      writer.finish();
      assertThatThrownBy(() -> writer.page(1, PAGE, 0)).hasMessage("already finished");
      assertThatThrownBy(writer::finish).hasMessage("already finished");
    }
  }

  @Test
  void anythingAfterAFailureOrClose() throws IOException {
    IOException full = new IOException("no space left on device");
    OutputStream out =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw full;
          }
        };
    SegmentHeader header = Sample.header(ObjectKind.SEGMENT, 512, 10);
    SegmentWriter writer = new SegmentWriter(header, out, SegmentWriterOptions.DEFAULT);
    try (writer) {
      writer.commit(tx(10, 0));
      assertThatThrownBy(writer::finish).isSameAs(full);
      assertThatThrownBy(writer::finish).hasMessage("writing failed before");
    }
    SegmentWriter closed = writer(ObjectKind.SEGMENT);
    closed.close();
    closed.close();
    assertThatThrownBy(() -> closed.page(1, PAGE, 0)).hasMessage("already closed");
  }

  @Test
  void aSnapshotWithABaseAndOptionsOutOfRange() {
    SegmentHeader header = new SegmentHeader(ObjectKind.SNAPSHOT, Sample.REPLICA, 1, 512, 1, 1, 0);
    assertThatThrownBy(
            () ->
                new SegmentWriter(header, new ByteArrayOutputStream(), SegmentWriterOptions.DEFAULT)
                    .close())
        .hasMessage("a snapshot has no base");
    assertThatThrownBy(() -> new SegmentWriterOptions(0, 3)).hasMessageContaining("block bytes");
    assertThatThrownBy(() -> new SegmentWriterOptions((16 << 20) + 1, 3))
        .hasMessageContaining("block bytes");
    assertThatThrownBy(() -> new SegmentWriterOptions(1, 0)).hasMessageContaining("zstd level");
    assertThatThrownBy(() -> new SegmentWriterOptions(1, 20)).hasMessageContaining("zstd level");
  }

  /** A cache that spills writes the same pages again and again; each is a patch of two bytes. */
  @Test
  void aTransactionOfManyTinyPatchesIsReadable() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int frames = 1_500_000;
    try (SegmentWriter writer =
        new SegmentWriter(
            Sample.header(ObjectKind.SEGMENT, 512, 10), out, SegmentWriterOptions.DEFAULT)) {
      for (int i = 0; i < frames; i++) {
        // Far apart, so that each page number takes five bytes of the index.
        writer.page(i % 2 == 0 ? 1 : 0x7fff_0000L, PAGE, 0);
      }
      writer.commit(new Transaction(10, Sample.START, frames, 2, 0x7fff_0000L, 1, false));
      writer.finish();
    }
    SegmentReader reader = SegmentReader.open(new MemorySource(out.toByteArray()));
    reader.verifyAll();
    assertThat(reader.indexChunks()).isGreaterThan(4);
    assertThat(reader.summary().frames()).isEqualTo(frames);
  }
}
