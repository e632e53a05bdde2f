package dev.sidewal.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sidewal.cli.CliRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * Every command line in the documentation is one that the program takes, and is either executed (by
 * {@link DocsRunIT}) or says that it is not. {@link DocsPage} has the marks.
 */
final class DocsCommandsTest {

  private static final CommandLine PARSER = CliRun.parser();
  private static final Pattern SPAN = Pattern.compile("`sidewal ([a-z][^`]*)`");
  private static final Pattern ASSIGNMENT = Pattern.compile("(\\w+)='([^']*)'");
  private static final Pattern WORD_END = Pattern.compile("[ |]");
  private static final Pattern OPTION = Pattern.compile("--?[a-z][a-z-]*");

  private static Stream<DocsPage> pages() {
    return DocsPage.all().stream();
  }

  private static Set<String> commands() {
    return PARSER.getSubcommands().keySet();
  }

  /** Returns what is wrong with the blocks of a page. */
  private static List<String> complaints(DocsPage page) {
    List<String> complaints = new ArrayList<>();
    Map<String, String> variables = new HashMap<>();
    for (DocsPage.Block block : page.blocks()) {
      block.lines().stream()
          .map(ASSIGNMENT::matcher)
          .filter(Matcher::matches)
          .forEach(m -> variables.put("$" + m.group(1), m.group(2)));
      List<List<String>> calls = CommandLines.calls(block.lines(), commands());
      if (!calls.isEmpty() && !block.run() && !block.marked()) {
        complaints.add(
            block.where()
                + ": the block is neither '```sh run' nor below '<!-- not executed: why -->'");
      }
      for (List<String> call : calls) {
        try {
          PARSER.parseArgs(
              call.stream().map(w -> variables.getOrDefault(w, w)).toArray(String[]::new));
        } catch (CommandLine.ParameterException e) {
          complaints.add(
              block.where() + ": sidewal " + String.join(" ", call) + ": " + e.getMessage());
        }
      }
    }
    return complaints;
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyCommandLineParsesAndIsExecutedOrMarked(DocsPage page) {
    assertThat(complaints(page)).isEmpty();
  }

  /** Commands and options that are named in a sentence are there, too. */
  @ParameterizedTest
  @MethodSource("pages")
  void commandsInTheTextExist(DocsPage page) {
    List<String> prose = page.prose();
    for (int i = 0; i < prose.size(); i++) {
      Matcher span = SPAN.matcher(prose.get(i));
      while (span.find()) {
        assertThat(unknown(span.group(1)))
            .as("%s:%d: %s", page.path(), i + 1, span.group())
            .isEmpty();
      }
    }
  }

  private static Optional<String> unknown(String text) {
    CommandLine command = PARSER;
    for (String word : WORD_END.splitAsStream(text).toList()) {
      Map<String, CommandLine> below = command.getSubcommands();
      if (below.containsKey(word)) {
        command = below.get(word);
      } else if (OPTION.matcher(word).matches()
          && !command.getCommandSpec().optionsMap().containsKey(word)) {
        return Optional.of(word);
      } else if (command.getParent() == null) {
        return Optional.of(word);
      }
    }
    return Optional.empty();
  }

  @Test
  void tellsWhatIsWrong() {
    List<String> lines =
        List.of(
            "```sh",
            "sidewal info file:replica",
            "```",
            "<!-- not executed: it is only an example -->",
            "```sh",
            "sudo -u app sidewal restore file:replica -o app.db --no-such-option  # a remark",
            "```",
            "```sh run exit=7",
            "docker run --name sidewal --read-only sidewal:0.1.0 status > file && sidewal \\",
            "  nonsense",
            "```",
            "<!-- sh run",
            "sidewal restore file:replica -o app.db --timestamp 'half past two'",
            "-->");
    assertThat(complaints(DocsPage.of(Path.of("a.md"), lines)))
        .hasSize(4)
        .satisfies(
            c -> assertThat(c.get(0)).contains("a.md:1:", "neither"),
            c -> assertThat(c.get(1)).contains("a.md:5:", "--no-such-option"),
            c -> assertThat(c.get(2)).contains("a.md:8:", "nonsense"),
            c -> assertThat(c.get(3)).contains("a.md:12:", "half past two"));
    assertThat(DocsPage.of(Path.of("a.md"), lines).blocks())
        .extracting(DocsPage.Block::exit)
        .containsExactly(0, 0, 7, 0);
  }
}
