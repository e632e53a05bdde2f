package dev.sidewal.cli;

import dev.sidewal.backup.BackupCheck;
import dev.sidewal.backup.BackupMethod;
import dev.sidewal.backup.BackupResult;
import dev.sidewal.backup.Copied;
import dev.sidewal.sqlite.CopiedPages;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** What {@code sidewal backup} prints. */
record BackupReport(
    BackupResult result,
    String destination,
    BackupMethod method,
    BackupCheck check,
    boolean dryRun) {

  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("source", result.source());
    fields.put("output", output());
    if (dryRun) {
      fields.put("dryRun", true);
    }
    fields.put("method", lower(method));
    result.copied().ifPresent(c -> copied(fields, c));
    result
        .snapshot()
        .ifPresent(
            s -> {
              fields.put("generation", s.generation());
              fields.put("txid", s.lastTxid());
              fields.put("key", s.key());
            });
    fields.put("check", lower(check));
    fields.put("removed", result.removed());
    fields.put("durationMillis", result.duration().toMillis());
    return fields;
  }

  private void copied(Map<String, Object> fields, Copied copied) {
    CopiedPages pages = result.pages().orElseThrow();
    fields.put("way", lower(copied.way()));
    fields.put("time", result.time());
    fields.put("pages", pages.pages());
    fields.put("pageSize", pages.pageSize());
    fields.put("bytes", pages.bytes());
    fields.put("outputBytes", result.bytes());
    fields.put("checksum", Texts.checksum(pages.checksum()));
    fields.put("attempts", copied.attempts());
    fields.put("passes", copied.passes());
    fields.put("longestLockMillis", copied.longestLock().toMillis());
  }

  private String output() {
    return result.output().map(Object::toString).orElse(destination);
  }

  void lines(Consumer<String> out) {
    if (dryRun) {
      out.accept("would back up " + result.source() + " to " + output());
    } else {
      made(out);
    }
    result.removed().forEach(old -> out.accept((dryRun ? "would remove " : "removed ") + old));
  }

  private void made(Consumer<String> out) {
    CopiedPages pages = result.pages().orElseThrow();
    Copied copied = result.copied().orElseThrow();
    out.accept(
        "backed up "
            + result.source()
            + " as of "
            + Texts.time(result.time())
            + " to "
            + output()
            + result.snapshot().map(s -> ", transaction " + s.lastTxid()).orElse(""));
    out.accept(
        String.format(
            Locale.ROOT,
            "%s of %d bytes (%s%s) in %.1f s; database checksum %s, check: %s",
            Texts.count(pages.pages(), "page"),
            pages.pageSize(),
            Texts.bytes(pages.bytes()),
            result.bytes() == pages.bytes() ? "" : ", written " + Texts.bytes(result.bytes()),
            result.duration().toMillis() / 1000.0,
            Texts.checksum(pages.checksum()),
            lower(check)));
    how(copied, out);
  }

  private static void how(Copied copied, Consumer<String> out) {
    if (copied.way() == Copied.Way.FILES) {
      out.accept(
          "SQLite could not open it here as usual: its files were copied and recovered ("
              + Texts.count(copied.attempts(), "attempt")
              + ")");
    }
    if (!copied.longestLock().equals(Duration.ZERO)) {
      out.accept(
          String.format(
              Locale.ROOT,
              "a writer could have been kept waiting for %.1f ms at most (%s)",
              copied.longestLock().toNanos() / 1e6,
              copied.passes() + (copied.passes() == 1 ? " pass" : " passes")));
    }
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
