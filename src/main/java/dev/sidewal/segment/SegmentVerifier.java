package dev.sidewal.segment;

import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.sidewal.segment.SegmentFormat.PartField;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * One sequential pass over every byte of an object. Blocks come before the index chunk that
 * describes them: so each is taken as its own header says, and the chunk must then say the same.
 */
final class SegmentVerifier {

  private static final int READ_AHEAD = 1 << 20;

  private final SegmentReader reader;
  private final SegmentSource source;
  private final Footer footer;
  private final BlockDecoder decoder;
  private final String name;
  private final long end;
  private final HashStream64 digest = Hashing.xxh3_64().hashStream();
  private final List<BlockEntry> seen = new ArrayList<>();

  // bytes[from, to) are the object's bytes from position on.
  private byte[] bytes = new byte[0];
  private int from;
  private int to;
  private long position;
  private final BlockPages pages;
  private byte[] raw = new byte[0];

  SegmentVerifier(SegmentReader reader, SegmentSource source, Footer footer, BlockDecoder decoder) {
    this.reader = reader;
    this.source = source;
    this.footer = footer;
    this.decoder = decoder;
    name = source.name();
    int pageSize = footer.summary().header().pageSize();
    pages =
        new BlockPages(
            name,
            pageSize,
            footer.isPatched() ? Optional.of(decoder.slots(pageSize)) : Optional.empty());
    int last = footer.chunks() - 1;
    end = footer.offset(last) + footer.length(last);
  }

  void verify(LongConsumer progress, VerifiedParts parts) throws IOException {
    need(SegmentFormat.HEADER_LENGTH);
    SegmentHeader header = HeaderCodec.decode(name, bytes, from);
    if (!header.equals(footer.summary().header())) {
      throw Damage.damaged(name, "its header changed while it was read");
    }
    take(SegmentFormat.HEADER_LENGTH);
    ChunkChain chain = new ChunkChain(name);
    for (int i = 0; i < footer.chunks(); i++) {
      seen.clear();
      pages.beginChunk();
      int firstFrame = 0;
      while (position < footer.offset(i)) {
        firstFrame += block(i, firstFrame, parts);
        progress.accept(position);
      }
      need(footer.length(i));
      IndexChunk chunk = reader.decodeIndex(i, decoder, bytes, from);
      if (!chunk.blocks().equals(seen)) {
        throw Damage.damaged(name, "index chunk " + i + " does not describe the blocks before it");
      }
      chain.follow(chunk);
      parts.chunk(chunk);
      take(footer.length(i));
      progress.accept(position);
    }
    if (digest.getAsLong() != footer.summary().digest()) {
      throw Damage.damaged(name, "its bytes do not match the digest in its footer");
    }
    progress.accept(footer.summary().length());
  }

  private int block(int chunk, int firstFrame, VerifiedParts parts) throws IOException {
    long room = footer.offset(chunk) - position;
    if (room < SegmentFormat.PART_HEADER_LENGTH || seen.size() == footer.blocks(chunk)) {
      throw Damage.damaged(
          name, "the blocks before index chunk " + chunk + " are not as many as its footer says");
    }
    need(SegmentFormat.PART_HEADER_LENGTH);
    ByteBuffer in = ByteBuffer.wrap(bytes, from, SegmentFormat.PART_HEADER_LENGTH).slice();
    int storedLength = in.getInt(PartField.STORED_LENGTH.at());
    int rawLength = in.getInt(PartField.RAW_LENGTH.at());
    int pageSize = footer.summary().header().pageSize();
    long framesLeft = footer.frames(chunk) - firstFrame;
    boolean lengthRight =
        footer.isPatched()
            ? rawLength <= SegmentFormat.maxRaw(framesLeft, pageSize)
            : rawLength % pageSize == 0 && rawLength / pageSize <= framesLeft;
    if (rawLength < 1
        || rawLength > SegmentFormat.MAX_BLOCK_RAW
        || !lengthRight
        || storedLength < 1
        || storedLength > SegmentFormat.maxStored(rawLength)
        || storedLength > room - SegmentFormat.PART_HEADER_LENGTH) {
      throw Damage.damaged(
          name,
          "the block at byte "
              + position
              + " claims "
              + Integer.toUnsignedString(rawLength)
              + " raw bytes in "
              + Integer.toUnsignedString(storedLength));
    }
    int length = SegmentFormat.PART_HEADER_LENGTH + storedLength;
    need(length);
    // How many images a block with entries holds, the entries tell.
    PartCodec.check(name, SegmentFormat.BLOCK_MAGIC, position, rawLength, bytes, from, length);
    raw = raw.length < rawLength ? new byte[rawLength] : raw;
    PartCodec.decompress(
        name,
        decoder.zstd(),
        SegmentFormat.BLOCK_MAGIC,
        position,
        bytes,
        from,
        length,
        raw,
        0,
        rawLength);
    int frames =
        pages.next(
            position,
            raw,
            rawLength,
            (slot, page, offset) -> {
              if (slot >= framesLeft) {
                throw Damage.damaged(name, "its footer knows of fewer page images than it has");
              }
              parts.page(page, offset);
            });
    BlockEntry entry = new BlockEntry(position, length, rawLength, firstFrame, frames);
    seen.add(entry);
    take(length);
    return entry.frames();
  }

  /** Makes the next {@code length} bytes lie in the buffer, reading on in large steps. */
  private void need(int length) throws IOException {
    int have = to - from;
    if (have >= length) {
      return;
    }
    if (bytes.length < length) {
      int room = Math.max(length, (int) Math.min(READ_AHEAD, end - position));
      bytes = Arrays.copyOfRange(bytes, from, from + room);
    } else {
      System.arraycopy(bytes, from, bytes, 0, have);
    }
    from = 0;
    int more = (int) Math.min(bytes.length - have, end - position - have);
    source.read(position + have, bytes, have, more);
    to = have + more;
  }

  /** Passes over bytes that were checked. */
  private void take(int length) {
    digest.putBytes(bytes, from, length);
    from += length;
    position += length;
  }
}
