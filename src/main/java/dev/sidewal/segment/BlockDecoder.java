package dev.sidewal.segment;

import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.Closeable;

/**
 * What one thread needs to decode blocks: native decompression state and a buffer that grows to the
 * largest part seen (little more than 16 MiB at most). Use one for each thread, and close it. Not
 * thread-safe.
 */
public final class BlockDecoder implements Closeable {

  private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
  private byte[] stored = new byte[0];
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
