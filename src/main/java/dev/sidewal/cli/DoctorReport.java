package dev.sidewal.cli;

import dev.sidewal.doctor.Diagnosis;
import dev.sidewal.doctor.FileKind;
import dev.sidewal.doctor.Finding;
import dev.sidewal.doctor.Severity;
import dev.sidewal.doctor.StoreKind;
import dev.sidewal.error.ExitCode;
import dev.sidewal.store.ReplicaUrl;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** How a diagnosis is printed: worst first, and what is well in a line each at the end. */
record DoctorReport(Path database, Optional<ReplicaUrl> url, Diagnosis diagnosis) {

  private static final int WIDTH = 96;

  void lines(Consumer<String> out) {
    for (Finding finding : diagnosis.findings()) {
      String label = String.format(Locale.ROOT, "%-8s", word(finding).toUpperCase(Locale.ROOT));
      if (finding.severity() == Severity.OK) {
        out.accept(label + finding.kind().id() + ": " + finding.found());
      } else {
        out.accept(label + finding.kind().id());
        paragraph("found:  ", finding.found(), out);
        paragraph("means:  ", finding.kind().meaning(), out);
        paragraph("do:     ", finding.kind().remedy(), out);
        out.accept("");
      }
    }
    out.accept(summary());
  }

  private static void paragraph(String label, String text, Consumer<String> out) {
    StringBuilder line = new StringBuilder("  ").append(label);
    int indent = line.length();
    for (String word : text.split("\\s+", -1)) {
      if (line.length() > indent && line.length() + word.length() + 1 > WIDTH) {
        out.accept(line.toString());
        line = new StringBuilder(" ".repeat(indent));
      }
      line.append(line.length() > indent ? " " : "").append(word);
    }
    out.accept(line.toString());
  }

  /** Returns the counts in a sentence. */
  String summary() {
    return database
        + url.map(u -> " and " + u).orElse("")
        + ": "
        + Texts.count(diagnosis.count(Severity.ERROR), "error")
        + ", "
        + Texts.count(diagnosis.count(Severity.WARNING), "warning")
        + ", "
        + Texts.count(diagnosis.count(Severity.NOTE), "note")
        + "; "
        + diagnosis.count(Severity.OK)
        + " as it should be.";
  }

  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("database", database.toAbsolutePath().normalize());
    fields.put("replica", url.map(ReplicaUrl::toString));
    fields.put("worst", diagnosis.worst().name().toLowerCase(Locale.ROOT));
    fields.put("findings", diagnosis.findings().stream().map(DoctorReport::fields).toList());
    return fields;
  }

  private static Map<String, Object> fields(Finding finding) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", finding.kind().id());
    fields.put("severity", word(finding));
    fields.put("found", finding.found());
    fields.put("meaning", finding.kind().meaning());
    fields.put("remedy", finding.kind().remedy());
    return fields;
  }

  /** A missing database and a store that does not answer have codes of their own. */
  ExitCode exitCode(boolean strict) {
    if (diagnosis.first(FileKind.DATABASE_MISSING).isPresent()) {
      return ExitCode.DATABASE;
    }
    boolean noStore =
        List.of(
                StoreKind.STORE_UNREACHABLE,
                StoreKind.CREDENTIALS_MISSING,
                StoreKind.REGION_UNKNOWN,
                StoreKind.REPLICA_DIRECTORY_MISSING)
            .stream()
            .anyMatch(kind -> diagnosis.first(kind).isPresent());
    if (noStore) {
      return ExitCode.STORE;
    }
    Severity limit = strict ? Severity.WARNING : Severity.ERROR;
    return diagnosis.worst().compareTo(limit) >= 0 ? ExitCode.VERIFICATION_FAILED : ExitCode.DONE;
  }

  private static String word(Finding finding) {
    return finding.severity().name().toLowerCase(Locale.ROOT);
  }
}
