package dev.sidewal.cli;

import dev.sidewal.backup.LiveCheck;
import dev.sidewal.sqlite.CheckProblem;
import dev.sidewal.sqlite.CheckReport;
import dev.sidewal.sqlite.CheckReport.Verdict;
import dev.sidewal.sqlite.DatabaseFacts;
import dev.sidewal.sqlite.ForeignKeyViolation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** What {@code sidewal check} prints. */
final class CheckText {

  private final Path database;
  private final LiveCheck.Result result;
  private final CheckReport report;
  private final DatabaseFacts facts;
  private final boolean foreignKeysCount;

  CheckText(Path database, LiveCheck.Result result, boolean foreignKeysCount) {
    this.database = database;
    this.result = result;
    this.report = result.report();
    this.facts = report.facts();
    this.foreignKeysCount = foreignKeysCount;
  }

  /** Returns whether nothing is wrong that counts. */
  boolean passed() {
    return report.verdict() == Verdict.OK
        || (report.verdict() == Verdict.FOREIGN_KEYS_VIOLATED && !foreignKeysCount);
  }

  /** Returns one sentence for standard error. */
  String summary() {
    return database
        + " did not pass: "
        + verdict()
        + (report.problems().isEmpty()
            ? ""
            : " (" + Texts.count(report.problems().size(), "problem") + more() + ")")
        + ". "
        + advice();
  }

  private String more() {
    return report.more() ? " and more" : "";
  }

  private String verdict() {
    return switch (report.verdict()) {
      case DAMAGED -> "damaged";
      case INDEXES_DAMAGED -> "indexes damaged";
      case SPACE_DAMAGED -> "free pages damaged";
      case UNCHECKED -> "not all of it could be checked";
      case RULES_VIOLATED -> "rules violated";
      case FOREIGN_KEYS_VIOLATED -> "foreign keys violated";
      case OK -> "ok";
    };
  }

  /** Says what helps. */
  private String advice() {
    return switch (report.verdict()) {
      case DAMAGED ->
          "Rows may be lost or wrong. Stop the application, keep the file with its -wal, and restore"
              + " a moment before the damage to another name: sidewal bisect finds it, sidewal"
              + " restore --check full makes it.";
      case INDEXES_DAMAGED ->
          "The tables have all rows, but queries that use these indexes may miss some. Copy the file,"
              + " then REINDEX makes the indexes anew. If SQLite refuses that because pages of an"
              + " index are destroyed, load a dump of it into a new database.";
      case SPACE_DAMAGED ->
          "Tables and indexes have everything, but what is written next may overwrite them. Stop the"
              + " application and make the file anew with VACUUM INTO, which leaves the free pages"
              + " behind.";
      case UNCHECKED ->
          "The schema needs an extension or a collation of the application, which this SQLite does"
              + " not have. Let the application run the same check for what is named here.";
      case RULES_VIOLATED ->
          "The file is sound; these rows break NOT NULL, CHECK or the types of their own table,"
              + " perhaps since the rule was changed. Find and correct them.";
      case FOREIGN_KEYS_VIOLATED ->
          "The file is sound; rows refer to rows that are not there. Applications that do not switch"
              + " foreign keys on write such rows: then --no-foreign-keys is right.";
      case OK -> "";
    };
  }

  /** Returns the fields of the JSON document. */
  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("database", database);
    fields.put("verdict", name(report.verdict()));
    fields.put("passed", passed());
    fields.put("check", report.pragma());
    fields.put("rulesChecked", report.rulesChecked());
    fields.put("problems", report.problems().stream().map(CheckText::problem).toList());
    fields.put("moreProblems", report.more());
    fields.put("foreignKeys", report.foreignKeys().stream().map(CheckText::key).toList());
    fields.put("advice", advice());
    fields.put("copy", result.copy());
    fields.put("copyReason", result.why());
    fields.put("readMillis", report.read().toMillis());
    fields.put("fileBytes", facts.fileBytes());
    fields.put("databaseBytes", facts.databaseBytes());
    fields.put("pageSize", facts.pageSize());
    fields.put("pages", facts.pages());
    fields.put("freePages", facts.freePages());
    fields.put("journalMode", facts.wal() ? "wal" : "rollback");
    fields.put("encoding", facts.encoding());
    fields.put("autoVacuum", facts.autoVacuum());
    fields.put("userVersion", (long) facts.userVersion());
    fields.put("applicationId", (long) facts.applicationId());
    fields.put("schemaVersion", facts.schemaVersion());
    fields.put("writtenBy", facts.writer());
    fields.put("tables", number(facts.tables()));
    fields.put("indexes", number(facts.indexes()));
    fields.put("walBytes", facts.walBytes());
    fields.put("walFrames", number(facts.walFrames()));
    fields.put("walFramesPending", number(facts.walPending()));
    fields.put("journalBytes", facts.journalBytes());
    return fields;
  }

  private static java.util.Optional<Long> number(java.util.OptionalLong value) {
    return value.isPresent()
        ? java.util.Optional.of(value.getAsLong())
        : java.util.Optional.empty();
  }

  private static Map<String, Object> problem(CheckProblem problem) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("kind", name(problem.kind()));
    fields.put("object", problem.object());
    fields.put("message", problem.message());
    return fields;
  }

  private static Map<String, Object> key(ForeignKeyViolation violation) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("table", violation.table());
    fields.put("parent", violation.parent());
    fields.put("columns", violation.columns());
    fields.put("rows", violation.rows());
    fields.put("rowids", violation.rowids());
    fields.put("message", violation.message());
    return fields;
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Hands over the lines for people. */
  void lines(Consumer<String> out) {
    out.accept(
        String.format(
            Locale.ROOT,
            "database     %s: %s of %d bytes (%s), %d of them free (%.1f %%)",
            database,
            Texts.count(facts.pages(), "page"),
            facts.pageSize(),
            Texts.bytes(facts.databaseBytes()),
            facts.freePages(),
            facts.pages() == 0 ? 0.0 : 100.0 * facts.freePages() / facts.pages()));
    out.accept("file         " + Texts.bytes(facts.fileBytes()) + length() + "; " + journal());
    out.accept(
        "content      "
            + (facts.tables().isPresent()
                ? Texts.count(facts.tables().getAsLong(), "table")
                    + ", "
                    + facts.indexes().orElse(0)
                    + (facts.indexes().orElse(0) == 1 ? " index; " : " indexes; ")
                : "")
            + facts.encoding()
            + ", auto_vacuum "
            + facts.autoVacuum()
            + ", user_version "
            + facts.userVersion()
            + ", application_id "
            + facts.applicationId()
            + ", schema_version "
            + facts.schemaVersion()
            + facts.writer().map(v -> ", last written by SQLite " + v).orElse(""));
    out.accept("checked      " + how());
    if (!report.rulesChecked()) {
      out.accept(
          "             without CHECK constraints: SQLite forgets them where it may not write. A"
              + " copy has them checked (--copy)");
    }
    problems(out);
    for (ForeignKeyViolation v : report.foreignKeys()) {
      out.accept(
          "foreign key  "
              + v.text()
              + (v.columns().isEmpty() ? "" : " by " + String.join(", ", v.columns()))
              + (v.rowids().isEmpty() ? "" : ": rowid " + listed(v)));
    }
    out.accept("verdict      " + verdict());
    if (report.verdict() != Verdict.OK) {
      out.accept("             " + advice());
    }
  }

  private static String listed(ForeignKeyViolation v) {
    List<String> ids = v.rowids().stream().map(String::valueOf).toList();
    return String.join(", ", ids) + (v.rows() > ids.size() ? ", ..." : "");
  }

  private String length() {
    long missing = facts.databaseBytes() - facts.fileBytes();
    return missing > 0
        ? ", "
            + Texts.bytes(missing)
            + " less than its pages"
            + (facts.wal() ? " with the log" : "")
        : missing < 0 ? ", " + Texts.bytes(-missing) + " more than its pages" : "";
  }

  private String journal() {
    if (!facts.wal()) {
      return "rollback journal"
          + (facts.journalBytes() > 0 ? " of " + Texts.bytes(facts.journalBytes()) : "");
    }
    return "WAL mode, "
        + (facts.walBytes() == 0
            ? "no log"
            : "log of "
                + Texts.bytes(facts.walBytes())
                + (facts.walFrames().isPresent()
                    ? ": "
                        + Texts.count(facts.walFrames().getAsLong(), "frame")
                        + " in use, "
                        + facts.walPending().orElse(0)
                        + " not in the file yet"
                    : ""));
  }

  private String how() {
    String did =
        report.pragma()
            + (report.foreignKeysChecked() ? " and foreign_key_check" : "")
            + String.format(Locale.ROOT, " in %.1f s", report.read().toMillis() / 1000.0);
    if (result.copy()) {
      return did + ", of a private copy" + (result.why().isEmpty() ? "" : ", for " + result.why());
    }
    return did
        + ", in one read transaction: "
        + (facts.wal()
            ? "so long its log could not begin anew; nobody had to wait"
            : "so long nobody could commit");
  }

  /** One heading for each table or index, then what is wrong with it. */
  private void problems(Consumer<String> out) {
    Map<String, List<CheckProblem>> byObject = new LinkedHashMap<>();
    report
        .problems()
        .forEach(p -> byObject.computeIfAbsent(p.object(), o -> new ArrayList<>()).add(p));
    byObject.forEach(
        (object, found) -> {
          out.accept(
              "problem      "
                  + (object.isEmpty()
                      ? found.get(0).kind() == CheckProblem.Kind.SPACE ? "free pages" : "the file"
                      : (found.get(0).kind() == CheckProblem.Kind.INDEX ? "index " : "table ")
                          + object)
                  + ": "
                  + Texts.count(found.size(), "problem"));
          found.forEach(p -> out.accept("             " + p.message()));
        });
    if (report.more()) {
      out.accept("             and more; --limit lists more of them");
    }
  }
}
