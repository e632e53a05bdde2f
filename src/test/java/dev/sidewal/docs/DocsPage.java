package dev.sidewal.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of the documentation, cut into its fenced blocks. What a block is for stands in its first
 * line, or in a comment directly above it:
 *
 * <pre>
 * ```sh run               executed, in order, with all others of the page in one directory
 * ```sh run exit=7        executed; the block must end with this exit code
 * &lt;!-- sh run ... --&gt;     executed as well, and not shown: what the page takes as given, and what
 *                         is expected to have come of it
 * &lt;!-- not executed: why --&gt;            about the block below it
 * &lt;!-- not executed on this page: why --&gt;    about every block that is not marked itself
 * </pre>
 *
 * @param path where it is, relative to the checkout
 * @param lines all of it
 * @param blocks its fenced blocks and hidden commands, in order
 */
record DocsPage(Path path, List<String> lines, List<Block> blocks) {

  private static final Pattern FENCE = Pattern.compile("\\s*```(.*)");
  private static final Pattern MARK = Pattern.compile("<!-- not executed: \\S.*-->");
  private static final Pattern PAGE_MARK =
      Pattern.compile("<!-- not executed on this page: \\S.*-->");
  private static final Pattern RUN = Pattern.compile("sh run(?: exit=(\\d+))?");
  private static final String HIDDEN = "<!-- sh run";

  /**
   * A fenced block, or commands in a comment.
   *
   * @param where page and line, for messages
   * @param run whether it is executed
   * @param exit the exit code with which it must end
   * @param marked whether it is said that it is not executed
   * @param lines what is in it
   */
  record Block(String where, boolean run, int exit, boolean marked, List<String> lines) {}

  /** Reads the README and all pages in docs/. */
  static List<DocsPage> all() {
    try (Stream<Path> docs = Files.list(Path.of("docs"))) {
      List<Path> paths = new ArrayList<>(List.of(Path.of("README.md")));
      docs.filter(p -> p.toString().endsWith(".md")).sorted().forEach(paths::add);
      List<DocsPage> pages = new ArrayList<>();
      for (Path path : paths) {
        pages.add(of(path, Files.readAllLines(path)));
      }
      return pages;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static DocsPage of(Path path, List<String> lines) {
    boolean pageMarked = lines.stream().anyMatch(l -> PAGE_MARK.matcher(l).matches());
    List<Block> blocks = new ArrayList<>();
    Optional<String> info = Optional.empty();
    boolean marked = false;
    int begin = 0;
    List<String> inside = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (info.isPresent()) {
        boolean hidden = info.get().isEmpty() && lines.get(begin).equals(HIDDEN);
        if (hidden ? line.equals("-->") : FENCE.matcher(line).matches()) {
          blocks.add(block(path, begin, hidden ? "sh run" : info.get(), marked, inside));
          inside = new ArrayList<>();
          info = Optional.empty();
        } else {
          inside.add(line);
        }
        continue;
      }
      Matcher fence = FENCE.matcher(line);
      if (line.equals(HIDDEN)) {
        info = Optional.of("");
      } else if (fence.matches()) {
        info = Optional.of(fence.group(1).strip());
      } else {
        continue;
      }
      begin = i;
      marked = pageMarked || (i > 0 && MARK.matcher(lines.get(i - 1).strip()).matches());
    }
    if (info.isPresent()) {
      throw new IllegalArgumentException(path + ":" + (begin + 1) + ": the block has no end");
    }
    return new DocsPage(path, List.copyOf(lines), List.copyOf(blocks));
  }

  private static Block block(
      Path path, int begin, String info, boolean marked, List<String> inside) {
    Matcher run = RUN.matcher(info);
    boolean runs = run.matches();
    int exit = runs && run.group(1) != null ? Integer.parseInt(run.group(1)) : 0;
    return new Block(path + ":" + (begin + 1), runs, exit, marked, List.copyOf(inside));
  }

  /** Returns the page's lines outside of blocks, and their numbers: empty where a block is. */
  List<String> prose() {
    List<String> prose = new ArrayList<>();
    boolean inside = false;
    for (String line : lines) {
      boolean fence = FENCE.matcher(line).matches();
      prose.add(inside || fence ? "" : line);
      inside ^= fence;
    }
    return prose;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
