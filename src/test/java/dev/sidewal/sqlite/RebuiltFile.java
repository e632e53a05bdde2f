package dev.sidewal.sqlite;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** Applies what is followed to a file of its own. */
final class RebuiltFile implements FrameSink, PageSink, AutoCloseable {
  final RandomAccessFile file;
  final int pageSize;
  long commits;

  RebuiltFile(Path path, int pageSize) throws IOException {
    this.file = new RandomAccessFile(path.toFile(), "rw");
    this.pageSize = pageSize;
  }

  @Override
  public void page(long pageNumber, byte[] source, int offset) throws IOException {
    file.seek((pageNumber - 1) * pageSize);
    file.write(source, offset, pageSize);
  }

  @Override
  public void commit(Commit commit) throws IOException {
    file.setLength(commit.databasePages() * pageSize);
    commits++;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
