package dev.sidewal.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds calls of {@code sidewal} in what people type into a shell. */
final class CommandLines {

  private static final Set<String> SEPARATORS = Set.of("|", "||", "&&", ";", "&", "(", ")", "!");

  private CommandLines() {}

  /**
   * Returns the arguments of each call in a block.
   *
   * @param commands the names of all commands
   */
  static List<List<String>> calls(List<String> lines, Set<String> commands) {
    List<List<String>> calls = new ArrayList<>();
    Optional<String> document = Optional.empty();
    StringBuilder joined = new StringBuilder();
    for (String line : lines) {
      if (document.isPresent()) {
        document = line.equals(document.get()) ? Optional.empty() : document;
        continue;
      }
      String text = joined.isEmpty() && line.startsWith("$ ") ? line.substring(2) : line.strip();
      if (text.endsWith("\\")) {
        joined.append(text, 0, text.length() - 1).append(' ');
        continue;
      }
      String whole = joined + text;
      joined.setLength(0);
      int here = whole.indexOf("<<'");
      if (here >= 0) {
        document = Optional.of(whole.substring(here + 3, whole.indexOf('\'', here + 3)));
        whole = whole.substring(0, here);
      }
      for (List<String> simple : simpleCommands(whole)) {
        call(simple, commands).ifPresent(calls::add);
      }
    }
    return calls;
  }

  private static Optional<List<String>> call(List<String> words, Set<String> commands) {
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      boolean program =
          word.equals("sidewal") || word.endsWith("/sidewal") || word.startsWith("sidewal:");
      boolean first = words.subList(0, i).stream().allMatch(w -> w.matches("[A-Z_]+=.*|time"));
      boolean command = i + 1 < words.size() && commands.contains(words.get(i + 1));
      if (program && (command || (first && i + 1 < words.size()))) {
        return Optional.of(List.copyOf(words.subList(i + 1, words.size())));
      }
    }
    return Optional.empty();
  }

  /** Cuts a line into its simple commands; redirections are left out. */
  private static List<List<String>> simpleCommands(String line) {
    List<List<String>> commands = new ArrayList<>();
    List<String> words = new ArrayList<>();
    boolean redirected = false;
    for (String word : words(line)) {
      if (SEPARATORS.contains(word)) {
        commands.add(words);
        words = new ArrayList<>();
      } else if (word.matches("[12]?>>?|<|[12]>&[12]")) {
        redirected = !word.contains("&");
      } else if (redirected) {
        redirected = false;
      } else if (!word.matches("[12]?>.+")) {
        words.add(word);
      }
    }
    commands.add(words);
    return commands;
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean begun = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
        begun = true;
      } else if (c == '#' && !begun) {
        break;
      } else if (Character.isWhitespace(c) || c == ';' || c == '(' || c == ')') {
        if (begun) {
          words.add(word.toString());
          word.setLength(0);
          begun = false;
        }
        if (!Character.isWhitespace(c)) {
          words.add(String.valueOf(c));
        }
      } else {
        word.append(c);
        begun = true;
      }
    }
    if (begun) {
      words.add(word.toString());
    }
    return words;
  }
}
