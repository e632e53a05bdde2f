package dev.sidewal.docs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sidewal.cli.CliRun;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs commands in this process for scripts that call them: starting a JVM for each would take most
 * of the time. A script's working directory is not this process's, so names of databases and of
 * {@code file:} replicas that are relative to it are made absolute.
 */
final class CommandServer implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ServerSocket socket;

  private CommandServer(ServerSocket socket) {
    this.socket = socket;
  }

  static CommandServer start() throws IOException {
    CommandServer server =
        new CommandServer(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    daemon(server::accept);
    return server;
  }

  private static void daemon(Runnable work) {
    Thread thread = new Thread(work, "docs-commands");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        daemon(() -> answer(client));
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private static void answer(Socket client) {
    try (client;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8))) {
      JsonNode asked = JSON.readTree(in.readLine());
      Path directory = Path.of(asked.get("directory").asText());
      List<String> arguments = new ArrayList<>();
      asked.get("arguments").forEach(a -> arguments.add(absolute(a.asText(), directory)));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      CliRun run = CliRun.live(out, arguments.toArray(String[]::new));
      ObjectNode answer =
          JSON.createObjectNode()
              .put("code", run.code())
              .put("out", out.toByteArray())
              .put("err", run.err());
      client.getOutputStream().write(JSON.writeValueAsBytes(answer));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String absolute(String argument, Path directory) {
    if (argument.startsWith("file:") && !argument.startsWith("file:/")) {
      return "file:" + directory.resolve(argument.substring("file:".length()));
    }
    return argument.matches("[^:]*\\.(db|sqlite)")
        ? directory.resolve(argument).toString()
        : argument;
  }

  /** Returns a program that has this server run the command that it is called as. */
  String client() {
    return """
        #!/usr/bin/env python3
        import base64, json, os, socket, sys
        server = socket.create_connection(("127.0.0.1", %d))
        asked = {"directory": os.getcwd(), "arguments": sys.argv[1:]}
        server.sendall((json.dumps(asked) + "\\n").encode())
        answer = json.load(server.makefile())
        sys.stdout.buffer.write(base64.b64decode(answer["out"]))
        sys.stderr.write(answer["err"])
        sys.exit(answer["code"])
        """
        .formatted(socket.getLocalPort());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
