package dev.sidewal.bench.process;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The application: a process that writes one database when it is told to. Its class comment is that
 * of {@code dev.sidewal.bench.writer.Writer}.
 */
public final class WriterProcess implements AutoCloseable {

  private final Process process;
  private final BufferedReader out;
  private final BufferedWriter in;
  private final Path log;

  private WriterProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.in =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
  }

  /** Starts it, and waits until its database is there and it is ready to begin. */
  public static WriterProcess start(Command command, Path log) throws IOException {
    WriterProcess writer =
        new WriterProcess(
            command.builder().redirectError(ProcessBuilder.Redirect.appendTo(log.toFile())).start(),
            log);
    try {
      String line = writer.line();
      if (!line.equals("ready")) {
        throw new IOException("the writer said: " + line);
      }
      return writer;
    } catch (IOException e) {
      writer.close();
      throw e;
    }
  }

  /** Has it write, and returns what it measured once it is done. */
  public Map<String, String> run() throws IOException {
    in.write("begin\n");
    in.flush();
    return Arrays.stream(line().split(" ", -1))
        .map(word -> word.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }

  /** Has it close its database, and waits for its end. */
  public void end() throws IOException, InterruptedException {
    in.write("end\n");
    in.flush();
    process.waitFor();
  }

  private String line() throws IOException {
    String line = out.readLine();
    if (line == null) {
      throw new IOException("the writer ended: " + ProcessLog.end(Files.readString(log)));
    }
    return line;
  }

  /** Kills it if it still runs. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
