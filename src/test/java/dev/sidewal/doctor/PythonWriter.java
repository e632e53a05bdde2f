package dev.sidewal.doctor;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A Python process that does some statements with a database, says that it has, and then stays as
 * it is. In the script {@code c} is a connection in autocommit mode.
 */
final class PythonWriter implements AutoCloseable {

  private final Process process;

  private PythonWriter(Process process) {
    this.process = process;
  }

  static PythonWriter run(Path database, String... lines) throws IOException {
    String script =
        "import sqlite3, sys\n"
            + "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            + String.join("\n", lines)
            + "\nprint('ready', flush=True)\nsys.stdin.read()\n";
    Process process =
        new ProcessBuilder("python3", "-c", script, database.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    if (!"ready".equals(out.readLine())) {
      process.destroyForcibly();
      throw new IOException("the Python process did not come up");
    }
    return new PythonWriter(process);
  }

  long pid() {
    return process.pid();
  }

  /** Kills it: nothing is put in order. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
