package dev.sidewal.segment;

import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.Closeable;
import java.util.Optional;

/**
 * What one thread needs to decode blocks: native decompression state, buffers that grow to the
 * largest part seen (little more than 16 MiB at most), and up to 8 MiB of pages that others build
 * on. Use one for each thread, and close it. Not thread-safe.
 */
public final class BlockDecoder implements Closeable {

  /** A buffer up to here is worth keeping. */
  private static final int KEPT = 1 << 18;

  private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
  private byte[] stored = new byte[0];
  private byte[] raw = new byte[0];
  private Optional<PageSlots> slots = Optional.empty();
  private boolean closed;

  /** Creates a decoder. */
  public BlockDecoder() {}

  /**
   * Returns a buffer of at least {@code length} bytes for stored bytes; its content is undefined.
   */
  byte[] stored(int length) {
    if (stored.length < length) {
      stored = new byte[length];
    }
    return stored;
  }

  /** Returns a buffer of at least {@code length} bytes for a block's raw bytes. */
  byte[] raw(int length) {
    if (raw.length < length) {
      raw = new byte[length];
    }
    return raw;
  }

  /** Returns the slots for pages of a size; there is one set of them. */
  PageSlots slots(int pageSize) {
    if (slots.filter(s -> s.pageSize() == pageSize).isEmpty()) {
      slots = Optional.of(new PageSlots(pageSize));
    }
    return slots.get();
  }

  /** Gives up its buffers, if they are large; the native state stays. */
  public void shrink() {
    stored = new byte[0];
    raw = raw.length > KEPT ? new byte[0] : raw;
    slots = Optional.empty();
  }

  ZstdDecompressCtx zstd() {
    if (closed) {
      throw new IllegalStateException("the decoder is closed");
    }
    return zstd;
  }

  /** Frees native memory. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      zstd.close();
    }
  }
}
