package dev.sidewal.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.testing.LifecycleServer;
import dev.sidewal.testing.Programs;
import dev.sidewal.testing.S3ProxyServer;
import dev.sidewal.testing.S3Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executes the command lines of the documentation in {@code sh}: the blocks of a page in order and
 * in one directory, all pages at the same time. The agents are the built program, each a process of
 * its own; what ends by itself is run in this process, to save the start of forty JVMs. What a
 * reader has and a test has not is replaced: {@code s3://backups/…} leads to an S3 server in this
 * process (and its lifecycle rules to one that keeps rules), absolute paths lie in the page's
 * directory, the agent listens at a port of its own, and the time in the README was a second ago.
 */
final class DocsRunIT {

  private static final int MINUTES = 3;

  @TempDir Path dir;

  /** A page that is being executed. */
  private record Run(DocsPage page, Path output, Process process) {}

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void executable(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** The program under its name, with what is different here. */
  private static String launcher(int port, S3Server store, S3Server rules, Path client) {
    return """
        #!/bin/sh
        command=$1
        shift
        case $command in
          replicate)
            case $* in
              *--once*) exec %s replicate --listen off "$@" ;;
              *) exec %s replicate --listen 127.0.0.1:%d "$@" ;;
            esac ;;
          lifecycle)
            for argument; do
              set -- "$@" "$(printf '%%s' "$argument" | sed 's#%s#%s#')"
              shift
            done
            exec %s lifecycle "$@" ;;
          sync | snapshot | status)
            # The agent was started a moment ago, in the background.
            left=200
            while :; do
              code=0
              %s "$command" --endpoint http://127.0.0.1:%d "$@" 2>refused || code=$?
              left=$((left - 1))
              [ $code -eq 10 ] && [ $left -gt 0 ] || { cat refused >&2; exit $code; }
              sleep 0.1
            done ;;
          *)
            exec %s "$command" "$@" ;;
        esac
        """
        .formatted(
            client,
            Path.of("deploy", "sidewal").toAbsolutePath(),
            port,
            store.endpoint(),
            rules.endpoint(),
            client,
            client,
            port,
            client);
  }

  /** Returns the script of a page, with the places that it names replaced. */
  private static String script(DocsPage page, Path home, String bucket, S3Server store) {
    // By way of a file, since dash knows no jobs in a command substitution.
    StringBuilder script =
        new StringBuilder(
            "set -eu\ntrap 'jobs -p >jobs; kill $(cat jobs) 2>/dev/null || :' EXIT\n");
    for (DocsPage.Block block : page.blocks()) {
      if (!block.run()) {
        continue;
      }
      String lines = String.join("\n", block.lines()) + "\n";
      script.append("echo '@@ ").append(block.where()).append("'\n");
      if (block.exit() == 0) {
        script.append(lines);
      } else {
        script.append("set +e\n(\n").append(lines).append(")\ncode=$?\nset -e\n");
        script.append("test $code -eq ").append(block.exit()).append('\n');
      }
    }
    script.append("echo '@@ end'\n");
    return script
        .toString()
        .replaceAll("s3://backups/([\\w/$.-]+)(?![\\w/$.?-])", "s3://backups/$1?endpoint=ENDPOINT")
        .replace("2026-11-21T12:14:38Z", "-1s")
        .replace("http://127.0.0.1:9000", "ENDPOINT")
        .replace("ENDPOINT", store.endpoint().toString())
        .replace("s3://backups/", "s3://" + store.bucket() + "/" + bucket + "/")
        .replaceAll("(?<![\\w./])/(var/lib|srv|mnt|etc/sidewal)\\b", home + "/$1");
  }

  private Run start(DocsPage page, S3Server store, S3Server rules, CommandServer commands)
      throws IOException {
    String name = page.path().getFileName().toString().replace(".md", "");
    Path home = Files.createDirectories(dir.resolve(name));
    Path bin = Files.createDirectories(home.resolve("bin"));
    Path client = bin.resolve("sidewal-client");
    executable(client, commands.client());
    executable(bin.resolve("sidewal"), launcher(freePort(), store, rules, client));
    Path work = Files.createDirectories(home.resolve("work"));
    Files.writeString(home.resolve("script"), script(page, home, name, store));
    Path output = home.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder("sh", home.resolve("script").toString())
            .directory(work.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(n -> n.startsWith("AWS_") || n.startsWith("SIDEWAL_"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("SIDEWAL_JAVA_OPTS", "-XX:TieredStopAtLevel=1");
    environment.put("PATH", bin + ":" + environment.get("PATH"));
    environment.putAll(store.environment());
    return new Run(page, output, builder.start());
  }

  @Test
  void everyBlockDoesWhatThePageSays() throws Exception {
    Programs.assumePython();
    Programs.assumeSqlite3();
    List<Run> runs = new ArrayList<>();
    Map<String, String> failed = new LinkedHashMap<>();
    try (S3ProxyServer store = S3ProxyServer.start();
        LifecycleServer rules = LifecycleServer.start();
        CommandServer commands = CommandServer.start()) {
      store.useInThisJvm();
      try {
        for (DocsPage page : DocsPage.all()) {
          if (page.blocks().stream().anyMatch(DocsPage.Block::run)) {
            runs.add(start(page, store, rules, commands));
          }
        }
        for (Run run : runs) {
          boolean ended = run.process().waitFor(MINUTES, TimeUnit.MINUTES);
          String output = Files.readString(run.output());
          if (!ended || run.process().exitValue() != 0 || !output.endsWith("@@ end\n")) {
            failed.put(run.page().toString(), output);
          }
        }
      } finally {
        runs.forEach(
            run -> {
              run.process().descendants().forEach(ProcessHandle::destroyForcibly);
              run.process().destroyForcibly();
            });
      }
    }
    assertThat(failed).isEmpty();
    assertThat(runs).hasSizeGreaterThanOrEqualTo(3);
  }
}
