package dev.sidewal.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Links within the documentation lead somewhere, and every page can be found from the README. */
final class DocsLinksTest {

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("#{1,6} (.*)");

  /** Returns the anchors that GitHub makes of a page's headings. */
  private static Set<String> anchors(DocsPage page) {
    Map<String, Integer> seen = new HashMap<>();
    Set<String> anchors = new HashSet<>();
    for (String line : page.prose()) {
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        String anchor =
            heading
                .group(1)
                .replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
        int times = seen.merge(anchor, 1, Integer::sum);
        anchors.add(times == 1 ? anchor : anchor + "-" + (times - 1));
      }
    }
    return anchors;
  }

  private static String resolve(DocsPage page, String file) {
    if (file.isEmpty()) {
      return page.path().toString();
    }
    Path base = page.path().getParent() == null ? Path.of("") : page.path().getParent();
    return base.resolve(file).normalize().toString();
  }

  @Test
  void linksResolve() {
    Map<String, DocsPage> pages = new HashMap<>();
    DocsPage.all().forEach(page -> pages.put(page.path().toString(), page));
    List<String> broken = new ArrayList<>();
    int followed = 0;
    for (DocsPage page : pages.values()) {
      List<String> prose = page.prose();
      for (int i = 0; i < prose.size(); i++) {
        Matcher link = LINK.matcher(prose.get(i).replaceAll("`[^`]*`", ""));
        while (link.find()) {
          String target = link.group(1);
          if (target.matches("[a-z]+:.*")) {
            continue;
          }
          followed++;
          int hash = target.indexOf('#');
          String file = resolve(page, hash < 0 ? target : target.substring(0, hash));
          boolean found =
              Files.exists(Path.of(file))
                  && (hash < 0
                      || !pages.containsKey(file)
                      || anchors(pages.get(file)).contains(target.substring(hash + 1)));
          if (!found) {
            broken.add(page.path() + ":" + (i + 1) + ": " + target);
          }
        }
      }
    }
    assertThat(broken).isEmpty();
    assertThat(followed).isGreaterThan(30);
  }

  @Test
  void everyPageIsInTheReadme() {
    List<DocsPage> pages = DocsPage.all();
    String readme = String.join("\n", pages.get(0).lines());
    assertThat(pages.stream().skip(1))
        .allSatisfy(page -> assertThat(readme).contains("(" + page.path() + ")"));
  }
}
