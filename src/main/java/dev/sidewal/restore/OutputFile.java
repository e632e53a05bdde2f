package dev.sidewal.restore;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.NoRoomException;
import dev.sidewal.error.WouldOverwriteException;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * The file that a restore, a backup or a dump writes: a {@link HiddenFile} beside the target until
 * {@link #publish}. A full disk, and what else fails on the way, is told in terms of the target.
 */
public final class OutputFile implements Closeable {

  /** What the file is written for. */
  public enum Work {
    /** A restore. */
    RESTORE("restore", "restoring", "restored"),
    /** A backup. */
    BACKUP("backup", "backing up to", "backed up"),
    /** A dump. */
    DUMP("dump", "dumping to", "dumped");

    private final String noun;
    private final String doing;
    private final String done;

    Work(String noun, String doing, String done) {
      this.noun = noun;
      this.doing = doing;
      this.done = done;
    }

    String noun() {
      return noun;
    }

    String done() {
      return done;
    }

    /** Returns what stands between the target's name and the random part of the temporary one. */
    public String mark() {
      return ".sidewal-" + noun + "-";
    }
  }

  /** The JVM copies what is written into memory outside of the heap, and keeps that. */
  private static final int MAX_WRITE = 1 << 19;

  private final Work work;
  private final Path target;
  private final HiddenFile hidden;
  private final FileChannel channel;
  private long length;
  private final AtomicLong written = new AtomicLong();

  private OutputFile(Work work, Path target, HiddenFile hidden) {
    this.work = work;
    this.target = target;
    this.hidden = hidden;
    this.channel = hidden.channel();
  }

  /** Creates the file of a restore. */
  static OutputFile create(Path target, RandomGenerator random) {
    return create(target, Work.RESTORE, random);
  }

  /** Removes what killed processes left for the same target, and creates a temporary file. */
  public static OutputFile create(Path target, Work work, RandomGenerator random) {
    return new OutputFile(work, target, HiddenFile.create(target, work, random));
  }

  /** Removes what killed restores of a target left. */
  static void removeLeftovers(Path target) throws IOException {
    HiddenFile.removeLeftovers(target, Work.RESTORE);
  }

  /** Returns the temporary file. */
  public Path temporary() {
    return hidden.path();
  }

  /** Returns the permissions that the umask gives to new files, where there are such. */
  public Optional<Set<PosixFilePermission>> newFileMode() {
    return hidden.newFileMode();
  }

  /** Sets the length; what is not written is zeros. Fails early if the space is not there. */
  void setLength(long bytes) {
    length = bytes;
    try {
      long usable = Files.getFileStore(hidden.path()).getUsableSpace();
      if (usable < bytes) {
        throw noSpace("There is not enough space for " + work.doing, usable, Optional.empty());
      }
      channel.truncate(0);
      if (bytes > 0) {
        channel.write(ByteBuffer.allocate(1), bytes - 1);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /**
   * Says how long it will be, as far as that is known; fails early if the space is not there.
   *
   * @throws NoRoomException if it is not
   */
  public void expect(long bytes) {
    length = Math.max(length, bytes);
    try {
      long usable = Files.getFileStore(hidden.path()).getUsableSpace();
      if (usable + channel.size() < bytes) {
        throw noSpace("There is not enough space for " + work.doing, usable, Optional.empty());
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Says how long it is, now that all is written: it is cut, or filled up with zeros. */
  public void end(long bytes) {
    length = bytes;
    try {
      if (channel.size() > bytes) {
        channel.truncate(bytes);
      } else if (channel.size() < bytes) {
        channel.write(ByteBuffer.allocate(1), bytes - 1);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Takes over what another program has written to the temporary file. */
  public void adopt() {
    try {
      lockAgain();
      length = channel.size();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Writes bytes. Safe for use by several threads. */
  public void write(long position, byte[] source, int offset, int count) {
    try {
      int done = 0;
      while (done < count) {
        ByteBuffer slice =
            ByteBuffer.wrap(source, offset + done, Math.min(MAX_WRITE, count - done));
        while (slice.hasRemaining()) {
          int n = channel.write(slice, position + done);
          written.addAndGet(n);
          done += n;
        }
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Reads bytes back; there must be as many. */
  public void read(long position, byte[] bytes, int count) {
    try {
      int done = 0;
      while (done < count) {
        int n =
            channel.read(
                ByteBuffer.wrap(bytes, done, Math.min(MAX_WRITE, count - done)), position + done);
        if (n < 0) {
          throw new IOException("it ends at byte " + (position + done));
        }
        done += n;
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Returns its length in bytes. */
  public long length() {
    return length;
  }

  /**
   * Takes the lock again, which this process has lost if it has closed the file by other means:
   * POSIX drops all locks of a process then.
   */
  public void lockAgain() {
    try {
      hidden.lockAgain();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Waits until its content is on the disk. */
  public void force() {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /**
   * Gives it its name, atomically, and waits until that is durable.
   *
   * @param replace whether a file that is there is replaced; if not, the target must not be there
   */
  public void publish(boolean replace) {
    publish(target, replace);
  }

  /**
   * Gives it a name that is chosen last, in the directory of the target.
   *
   * @param name the name
   * @param replace whether a file that is there is replaced; if not, none must be there
   * @throws WouldOverwriteException if one is; another name may be tried
   */
  public void publish(Path name, boolean replace) {
    hidden.publish(name, replace);
  }

  /**
   * Returns a stream that writes from the file's beginning on; what it throws is what {@link
   * #write} throws. Closing it does nothing.
   */
  public OutputStream stream() {
    return new OutputStream() {
      private long at;

      @Override
      public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] source, int offset, int count) {
        OutputFile.this.write(at, source, offset, count);
        at += count;
      }
    };
  }

  private DatabaseException failed(IOException e) {
    try {
      long usable = Files.getFileStore(hidden.path()).getUsableSpace();
      return noSpace(
          "Writing failed (" + reason(e) + ") while " + work.doing, usable, Optional.of(e));
    } catch (IOException gone) {
      e.addSuppressed(gone);
      return new DatabaseException(
          "Writing "
              + hidden.path()
              + " failed: "
              + reason(e)
              + ". "
              + target
              + " was not changed.",
          e);
    }
  }

  private NoRoomException noSpace(String what, long usable, Optional<IOException> cause) {
    long done = written.get();
    // How long a stream will be is not known while it is written.
    boolean known = length > done;
    String message =
        what
            + " "
            + target
            + (known ? ": the file takes " + length : ", after " + done)
            + " bytes, and "
            + usable
            + " bytes are free in the file system of "
            + directory(target)
            + " ("
            + store()
            + "). Nothing was changed, and what the "
            + work.noun
            + " had written is removed. Free "
            + (known ? "at least " + Math.max(1, length - done - usable) + " bytes more" : "room")
            + " there, or choose another file system.";
    return cause
        .map(e -> new NoRoomException(message, e))
        .orElseGet(() -> new NoRoomException(message));
  }

  private String store() {
    try {
      return Files.getFileStore(directory(target)).toString();
    } catch (IOException e) {
      return "unknown: " + reason(e);
    }
  }

  /** Returns the directory of a path. */
  static Path directory(Path path) {
    return Optional.ofNullable(path.toAbsolutePath().getParent())
        .orElseGet(() -> path.toAbsolutePath());
  }

  static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  static String reason(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  /** Closes it, and removes it if it was not published. */
  @Override
  public void close() {
    hidden.close();
  }
}
