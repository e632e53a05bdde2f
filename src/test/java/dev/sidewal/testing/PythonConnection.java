package dev.sidewal.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A connection to a database in a process of its own, which does what it is told. */
public final class PythonConnection implements AutoCloseable {

  private static final String PROGRAM =
      """
      import sqlite3, sys
      c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=float(sys.argv[2]))
      print('ready', flush=True)
      for line in sys.stdin:
          try:
              print('ok', repr(c.execute(line).fetchall()), flush=True)
          except Exception as e:
              print('error', e, flush=True)
      """;

  private final Process process;
  private final BufferedReader out;
  private final Writer in;

  private PythonConnection(Process process) {
    this.process = process;
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.in = process.outputWriter(StandardCharsets.UTF_8);
  }

  /** Opens a database with a busy timeout of no time. */
  public static PythonConnection open(Path database) throws IOException {
    return open(database, List.of());
  }

  /** Opens it in a process that a command before it begins, such as {@code setpriv}. */
  public static PythonConnection open(Path database, List<String> before) throws IOException {
    List<String> command = new ArrayList<>(before);
    command.addAll(Arrays.asList("python3", "-c", PROGRAM, database.toString(), "0"));
    PythonConnection c =
        new PythonConnection(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    String first = c.out.readLine();
    if (!"ready".equals(first)) {
      throw new IOException("the process did not come up: " + first);
    }
    return c;
  }

  /** Runs a statement and returns what came of it, which begins with ok or error. */
  public String tell(String sql) {
    try {
      in.write(sql.replace('\n', ' ') + "\n");
      in.flush();
      return String.valueOf(out.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs statements that must succeed. */
  public PythonConnection run(String... statements) {
    for (String sql : statements) {
      String reply = tell(sql);
      if (!reply.startsWith("ok")) {
        throw new AssertionError(sql + ": " + reply);
      }
    }
    return this;
  }

  /** Returns the process's id. */
  public long pid() {
    return process.pid();
  }

  /** Kills it, so that what it has not finished stays as it is. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
