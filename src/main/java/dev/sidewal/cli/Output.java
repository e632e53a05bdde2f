package dev.sidewal.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedWriter;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Standard output: results and nothing else, always in UTF-8.
 *
 * <p>Unlike {@link java.io.PrintStream} it does not hide a failure to write: a result that did not
 * arrive (a full disk, a closed pipe) must not look like success to a script. Every such failure is
 * an {@link OutputException}; so an {@link IOException} in the middle of a document comes from what
 * is being read. Not safe for use by several threads.
 */
final class Output {

  private final OutputStream stream;
  private final Writer writer;

  private Output(Telling stream) {
    this.stream = stream;
    this.writer =
        new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), 16 * 1024);
  }

  /** A JSON document that is written piece by piece. */
  @FunctionalInterface
  interface Document {
    /** Writes exactly one value; throws what goes wrong when reading what is to be written. */
    void write(JsonGenerator generator) throws IOException;
  }

  /** Returns an output over a stream. */
  static Output of(OutputStream stream) {
    return new Output(new Telling(stream));
  }

  /**
   * Returns the stream for results that are bytes, not buffered; failures to write are told as they
   * are for lines. What was written before is handed to the system first.
   */
  OutputStream bytes() {
    flush();
    return new FilterOutputStream(stream) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        // The descriptor stays open.
        flush();
      }
    };
  }

  /** Writes a line. */
  void line(String text) {
    try {
      writer.write(text);
      writer.write('\n');
    } catch (IOException e) {
      throw new OutputException(e);
    }
  }

  /** Writes one JSON document over several lines, indented. */
  void document(Map<String, ?> fields) {
    try {
      json(generator -> Json.write(generator, fields), true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes one JSON document over several lines, indented, without collecting it. */
  void document(Document document) throws IOException {
    json(document, true);
  }

  /** Writes one JSON document on a line of its own. */
  void jsonLine(Map<String, ?> fields) {
    try {
      json(generator -> Json.write(generator, fields), false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void json(Document document, boolean pretty) throws IOException {
    JsonGenerator generator = Json.FACTORY.createGenerator(writer);
    generator.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    generator.disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    if (pretty) {
      generator.setPrettyPrinter(Json.printer());
    }
    document.write(generator);
    generator.close();
    writer.write('\n');
  }

  /** Writes text that has its own line ends. */
  void text(String text) {
    try {
      writer.write(text);
    } catch (IOException e) {
      throw new OutputException(e);
    }
  }

  /** Hands everything to the system. */
  void flush() {
    try {
      writer.flush();
    } catch (IOException e) {
      throw new OutputException(e);
    }
  }

  /**
   * Turns the first failure to write into its own type. What comes later is dropped: that the
   * output is incomplete was told, and is told once.
   */
  private static final class Telling extends FilterOutputStream {
    private boolean failed;

    Telling(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      attempt(() -> out.write(bytes, offset, length));
    }

    @Override
    public void flush() {
      attempt(out::flush);
    }

    private void attempt(Attempt attempt) {
      if (failed) {
        return;
      }
      try {
        attempt.run();
      } catch (IOException e) {
        failed = true;
        throw new OutputException(e);
      }
    }

    /** What may fail. */
    private interface Attempt {
      void run() throws IOException;
    }
  }
}
