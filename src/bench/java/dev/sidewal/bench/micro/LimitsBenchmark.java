package dev.sidewal.bench.micro;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What the machine can do at most: memory, CRC32C, and zstd of the same bytes in large pieces. */
public class LimitsBenchmark {

  /** How many bytes are copied or summed in one go: more than caches hold. */
  static final int MEMORY_BYTES = 128 << 20;

  private static final int PIECE = 4 << 20;

  /** Two large buffers. */
  @State(Scope.Thread)
  public static class Memory {
    private byte[] from;
    private byte[] to;

    /** Fills them, so that every page of them is there. */
    @Setup
    public void setUp() {
      from = new byte[MEMORY_BYTES];
      new SplittableRandom(1).nextBytes(from);
      to = from.clone();
    }
  }

  /** The page images of a workload, and what zstd makes of them. */
  @State(Scope.Thread)
  public static class Pieces {
    /** What the images are of. */
    @Param public Workload workload;

    private final ZstdCompressCtx compressor = new ZstdCompressCtx().setLevel(1);
    private final ZstdDecompressCtx decompressor = new ZstdDecompressCtx();
    private final List<byte[]> raw = new ArrayList<>();
    private final List<byte[]> stored = new ArrayList<>();
    private final byte[] target = new byte[(int) Zstd.compressBound(PIECE)];

    /** Cuts the log. */
    @Setup
    public void setUp() {
      byte[] pages = workload.frames(Micro.CODEC_BYTES).pages();
      for (int at = 0; at < Micro.CODEC_BYTES; at += PIECE) {
        byte[] piece = Arrays.copyOfRange(pages, at, at + PIECE);
        raw.add(piece);
        stored.add(compressor.compress(piece));
      }
    }

    /** Frees native memory. */
    @TearDown
    public void tearDown() {
      compressor.close();
      decompressor.close();
    }
  }

  /** Copies memory. */
  @Benchmark
  public byte[] copy(Memory memory) {
    System.arraycopy(memory.from, 0, memory.to, 0, MEMORY_BYTES);
    return memory.to;
  }

  /** Sums memory, by the CPU's own instruction where it has one. */
  @Benchmark
  public long crc32c(Memory memory) {
    CRC32C crc = new CRC32C();
    crc.update(memory.from, 0, MEMORY_BYTES);
    return crc.getValue();
  }

  /** Compresses at level 1. */
  @Benchmark
  public int compress(Pieces pieces) {
    int length = 0;
    for (byte[] piece : pieces.raw) {
      length +=
          pieces.compressor.compressByteArray(
              pieces.target, 0, pieces.target.length, piece, 0, piece.length);
    }
    return length;
  }

  /** Decompresses. */
  @Benchmark
  public int decompress(Pieces pieces) {
    int length = 0;
    for (byte[] piece : pieces.stored) {
      length +=
          pieces.decompressor.decompressByteArray(pieces.target, 0, PIECE, piece, 0, piece.length);
    }
    return length;
  }
}
