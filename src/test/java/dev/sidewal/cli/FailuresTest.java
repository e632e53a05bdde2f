package dev.sidewal.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sidewal.error.ExitCode;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FailuresTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final ErrorOutput err = ErrorOutput.of(bytes, false);

  @Test
  void aKnownFailureIsItsMessageAndWhatTheCauseAdds() {
    Throwable cause = new IOException("Connection\n  refused");
    assertThat(report(new StoreException("The store is away.", true, cause), false))
        .isEqualTo(ExitCode.STORE);
    assertThat(text())
        .isEqualTo("error: The store is away.\ncause: IOException: Connection refused\n");
  }

  @Test
  void aCauseThatTheMessageQuotesIsNotRepeated() {
    Throwable cause = new IOException("Connection refused", new IOException("deeper"));
    report(new StoreException("The store is away: Connection refused.", true, cause), false);
    assertThat(text()).isEqualTo("error: The store is away: Connection refused.\n");
  }

  @Test
  void aWrapperThatOnlyNamesItsCauseIsSkipped() {
    Throwable cause = new RuntimeException(new IOException("no route"));
    report(new StoreException("The store is away.", true, cause), false);
    assertThat(text()).isEqualTo("error: The store is away.\ncause: IOException: no route\n");
  }

  @Test
  void wrongUsageSaysWhereHelpIs() {
    assertThat(report(new UsageException("that is wrong"), false)).isEqualTo(ExitCode.USAGE);
    assertThat(text()).isEqualTo("error: that is wrong\nTry 'sidewal restore --help'.\n");
  }

  @Test
  void anythingElseIsUnexpectedAndSaysHowToLearnMore() {
    assertThat(report(new IllegalStateException("oops"), false)).isEqualTo(ExitCode.UNEXPECTED);
    assertThat(text())
        .isEqualTo(
            """
            error: unexpected IllegalStateException: oops
            Run the same command with --debug for the details.
            """);
  }

  @Test
  void aNativeLibraryThatDoesNotLoadSaysWhere() {
    assertThat(report(new UnsatisfiedLinkError("failed to map segment"), false))
        .isEqualTo(ExitCode.USAGE);
    assertThat(text())
        .startsWith("error: a native library (SQLite or zstd) could not be unpacked to ")
        .contains("noexec", "-Djava.io.tmpdir=DIR")
        .endsWith("\ncause: UnsatisfiedLinkError: failed to map segment\n");
  }

  @Test
  void aFailureOfTheDiskIsTheDisksOwn() {
    report(new UncheckedIOException(new IOException("No space left on device")), false);
    assertThat(text())
        .startsWith("error: unexpected IOException: No space left on device\nRun the same");
  }

  @Test
  void debugShowsTheStack() {
    report(new IllegalStateException("oops"), true);
    assertThat(text())
        .startsWith("error: unexpected IllegalStateException: oops\njava.lang.Ill")
        .contains("\tat dev.sidewal.cli.FailuresTest");
  }

  @Test
  void aResultThatDidNotArriveIsAFailure() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    int code =
        Cli.run(
            new CliContext(
                Output.of(full), err, Clock.systemUTC(), (level, format, debug) -> {}, Map.of()),
            "--version");
    assertThat(code).isEqualTo(1);
    assertThat(text())
        .isEqualTo(
            "error: standard output could not be written, so the result is incomplete"
                + " (No space left on device)\n");
  }

  @Test
  void aLongResultThatBreaksOffIsToldOnce() {
    Output out =
        Output.of(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
              }
            });
    assertThatThrownBy(() -> out.text("x".repeat(100_000))).isInstanceOf(OutputException.class);
    out.line("more");
    out.flush();
  }

  private ExitCode report(Throwable failure, boolean debug) {
    return new Failures(err).report(failure, "sidewal restore", debug);
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
