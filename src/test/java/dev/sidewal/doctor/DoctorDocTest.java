package dev.sidewal.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Holds the table of findings in docs/doctor.md and the code together. */
final class DoctorDocTest {

  private static String row(Kind kind) {
    return String.format(
        Locale.ROOT,
        "| `%s` | %s | %s | %s |",
        kind.id(),
        kind.severity().name().toLowerCase(Locale.ROOT),
        kind.meaning(),
        kind.remedy());
  }

  @Test
  void theTableHasEveryFindingAsItIs() throws IOException {
    List<String> rows =
        Files.readAllLines(Path.of("docs/doctor.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .toList();
    assertThat(rows)
        .containsExactlyElementsOf(Kind.all().stream().map(DoctorDocTest::row).toList());
  }

  @Test
  void idsAreKebabCaseAndUnique() {
    assertThat(Kind.all().stream().map(Kind::id))
        .doesNotHaveDuplicates()
        .allMatch(id -> id.matches("[a-z]+(-[a-z]+)*"));
  }

  @Test
  void whatIsNotWellSaysWhatToDo() {
    assertThat(Kind.all())
        .filteredOn(kind -> kind.severity() != Severity.OK)
        .noneMatch(kind -> kind.remedy().isBlank() || kind.meaning().isBlank());
  }
}
