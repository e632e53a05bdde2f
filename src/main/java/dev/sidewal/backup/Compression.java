package dev.sidewal.backup;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.OptionalInt;
import java.util.zip.GZIPOutputStream;

/** How a copy is compressed; the programs of the same names read it. */
public enum Compression {
  /** Not at all. */
  NONE("", 0, 0),
  /** One zstd frame with a checksum of the content. */
  ZSTD(".zst", 1, 19),
  /** One gzip member. */
  GZIP(".gz", 1, 9);

  private static final int BUFFER = 1 << 16;
  private static final int ZSTD_LEVEL = 3;
  private static final int GZIP_LEVEL = 6;

  private final String extension;
  private final int lowest;
  private final int highest;

  Compression(String extension, int lowest, int highest) {
    this.extension = extension;
    this.lowest = lowest;
    this.highest = highest;
  }

  /** Returns what a name gets at its end. */
  public String extension() {
    return extension;
  }

  /** Returns the lowest level, 0 if there are none. */
  public int lowestLevel() {
    return lowest;
  }

  /** Returns the highest level, 0 if there are none. */
  public int highestLevel() {
    return highest;
  }

  /** Compresses what is written; closing it writes the end and closes the other stream. */
  OutputStream over(OutputStream out, OptionalInt level) throws IOException {
    return switch (this) {
      case NONE -> out;
      case ZSTD -> new ZstdOutputStream(out, level.orElse(ZSTD_LEVEL)).setChecksum(true);
      case GZIP -> new LevelledGzip(out, level.orElse(GZIP_LEVEL));
    };
  }

  /** The level of the platform's own class can only be set from within. */
  private static final class LevelledGzip extends GZIPOutputStream {
    LevelledGzip(OutputStream out, int level) throws IOException {
      super(out, BUFFER);
      def.setLevel(level);
    }
  }
}
