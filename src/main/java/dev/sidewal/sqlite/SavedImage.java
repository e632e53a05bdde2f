package dev.sidewal.sqlite;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The page table that an earlier run left, as it was at a mark. Either a {@link LogFollower} goes
 * on from it, or its pages are compared with what the database holds now. Not safe for use by
 * several threads.
 */
public final class SavedImage implements AutoCloseable {

  private final FollowMark mark;
  private final DatabaseImage image;
  private final Path directory;
  private boolean taken;

  private SavedImage(FollowMark mark, DatabaseImage image, Path directory) {
    this.mark = mark;
    this.image = image;
    this.directory = directory;
  }

  /**
   * Opens it.
   *
   * @param directory where the tables are
   * @param mark the mark
   * @param number the mark's number
   * @return empty if the tables are not what they were at the mark
   * @throws IOException if they cannot be read
   */
  public static Optional<SavedImage> open(Path directory, FollowMark mark, long number)
      throws IOException {
    return DatabaseImage.reopen(directory, mark.pageSize(), number, mark.pages(), mark.checksum())
        .map(image -> new SavedImage(mark, image, directory));
  }

  /** Returns the mark. */
  public FollowMark mark() {
    return mark;
  }

  /** Returns a page's hash at the mark; 0 if the page did not exist. */
  public long hashOf(long page) {
    return page <= mark.pages() ? image.hashOf(page) : 0;
  }

  DatabaseImage image() {
    return image;
  }

  Path directory() {
    return directory;
  }

  /** Says that somebody else closes the image now. */
  DatabaseImage take() {
    taken = true;
    return image;
  }

  @Override
  public void close() {
    if (!taken) {
      image.close();
    }
  }
}
