package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Which file a database is, and when it was last written to, as far as the file system says.
 *
 * @param inode the file's number on its file system; 0 where there is none
 * @param born when it was made, in nanoseconds since 1970; 0 where the file system does not say, or
 *     where it was not written to since
 * @param bytes its length
 * @param changed when it or its attributes were last changed, in nanoseconds since 1970; unlike the
 *     time of modification, no program can set it. 0 where there is none
 */
public record FileStamp(long inode, long born, long bytes, long changed) {

  /** What is known of a file where the file system says nothing: it proves nothing. */
  public static final FileStamp UNKNOWN = new FileStamp(0, 0, 0, 0);

  /** Looks at a file. */
  public static FileStamp of(Path file) throws IOException {
    try {
      Map<String, Object> a =
          Files.readAttributes(file, "unix:ino,size,ctime,creationTime,lastModifiedTime");
      Object born = a.get("creationTime");
      return new FileStamp(
          (Long) a.get("ino"),
          // Where the birth is not known, it is given as the time of the last write.
          born.equals(a.get("lastModifiedTime")) ? 0 : ((FileTime) born).to(TimeUnit.NANOSECONDS),
          (Long) a.get("size"),
          ((FileTime) a.get("ctime")).to(TimeUnit.NANOSECONDS));
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return UNKNOWN;
    }
  }

  /** Returns what names the file, without the proof that nothing is written to it from now on. */
  FileStamp withoutProof() {
    return new FileStamp(inode, born, bytes, 0);
  }

  /** Returns whether both are the same file, as far as the file system says. */
  public boolean sameFile(FileStamp other) {
    boolean bornApart = born != 0 && other.born != 0 && born != other.born;
    return inode == other.inode && !bornApart;
  }

  /** Returns whether nothing was provably written to the file between the two looks. */
  public boolean unchanged(FileStamp other) {
    return changed != 0 && changed == other.changed && bytes == other.bytes && inode == other.inode;
  }
}
