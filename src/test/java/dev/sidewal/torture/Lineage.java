package dev.sidewal.torture;

import dev.sidewal.flow.WriterLog;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A database, its writers, and the log of what they wrote. Closing kills the writers. */
final class Lineage implements AutoCloseable {

  private static final int TAIL = 4096;

  private final Path database;
  private final Path log;
  private final List<TortureWriter> writers = new ArrayList<>();

  /** Starts writers on a database. */
  Lineage(Path database, Path log, long seed, int count) throws IOException {
    this.database = database;
    this.log = log;
    Files.createFile(log);
    for (int i = 1; i <= count; i++) {
      Path errors = log.resolveSibling(log.getFileName() + ".errors");
      writers.add(new TortureWriter(database, log, errors, Seeds.mix(seed, i), i));
    }
  }

  Path database() {
    return database;
  }

  /** Has all writers do something else; returns when they do. */
  void set(TortureWriter.Mode mode) throws IOException, InterruptedException {
    for (TortureWriter writer : writers) {
      writer.set(mode);
    }
  }

  /** Kills one of the writers and starts the next. */
  void killOne(Random random) throws IOException, InterruptedException {
    writers.get(random.nextInt(writers.size())).killAndRestart();
  }

  /** Returns what the writers have written so far. */
  WriterLog read() throws IOException {
    return WriterLog.read(log, new WriterLog.State(0, 0, 0, 0));
  }

  /** Returns a transaction of the writers that is committed now, close to the latest; 0 if none. */
  long committed() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      byte[] tail = new byte[(int) Math.min(TAIL, file.length())];
      file.seek(file.length() - tail.length);
      file.readFully(tail);
      String text = new String(tail, StandardCharsets.US_ASCII);
      long seq = 0;
      for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n", -1)) {
        if (line.startsWith("C ")) {
          seq = Math.max(seq, Long.parseLong(line.split(" ", -1)[1]));
        }
      }
      return seq;
    }
  }

  @Override
  public void close() {
    writers.forEach(TortureWriter::close);
  }
}
