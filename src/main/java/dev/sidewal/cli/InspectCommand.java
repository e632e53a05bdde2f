package dev.sidewal.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sidewal.error.ExitCode;
import dev.sidewal.error.StoreException;
import dev.sidewal.error.UsageException;
import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.Position;
import dev.sidewal.replica.StoredObjectSource;
import dev.sidewal.segment.FileSegmentSource;
import dev.sidewal.segment.PageRuns;
import dev.sidewal.segment.SegmentInspector;
import dev.sidewal.segment.SegmentReader;
import dev.sidewal.segment.SegmentSource;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.ObjectStores;
import dev.sidewal.store.ReplicaUrl;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sidewal inspect}: what one object of a replica holds. */
@Command(
    name = "inspect",
    description = {
      "Shows what one object of a replica holds: a segment, pack, snapshot, delta or a",
      "generation.json. Reads its header, footer and index; with --check every byte.",
    },
    footer = {
      "",
      "Example:",
      "  sidewal inspect --transactions s3://bucket/app/generations/00000001/segments/NAME.segment"
    })
final class InspectCommand extends SidewalCommand {

  private static final String MANIFEST = "generation.json";

  @Parameters(
      paramLabel = "OBJECT",
      arity = "1",
      description = "The object's URL (s3://..., file:...) or the path of a local file.")
  private String object;

  @Option(names = "--transactions", description = "List its transactions too.")
  private boolean transactions;

  @Option(
      names = "--pages",
      description = "List the page numbers of each transaction too; implies --transactions.")
  private boolean pages;

  @Option(names = "--check", description = "Check every byte; a damaged object ends with code 5.")
  private boolean check;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  InspectCommand(CliContext context) {
    super(context);
  }

  @Override
  Set<ExitCode> exitCodes() {
    return EnumSet.of(
        ExitCode.DONE,
        ExitCode.UNEXPECTED,
        ExitCode.USAGE,
        ExitCode.STORE,
        ExitCode.HISTORY_DAMAGED);
  }

  @Override
  int run() {
    try {
      if (ReplicaUrl.isUrl(object)) {
        inspectStored(ReplicaUrl.parseObject(object));
      } else {
        inspectFile(Path.of(object));
      }
    } catch (IOException e) {
      throw new StoreException(object + " could not be read.", false, e);
    }
    return ExitCode.DONE.code();
  }

  private void inspectStored(ReplicaUrl.ObjectUrl url) throws IOException {
    try (ObjectStore store = ObjectStores.open(url.place())) {
      StoredObjectSource source =
          store
              .head(url.key())
              .map(info -> new StoredObjectSource(store, info.key(), info.size()))
              .orElseThrow(() -> new UsageException("there is no object " + object));
      if (url.key().equals(MANIFEST)) {
        byte[] bytes = new byte[(int) Math.min(source.length(), GenerationManifest.MAX_BYTES + 1)];
        source.read(0, bytes, 0, bytes.length);
        manifest(bytes, source.name());
      } else {
        segment(source);
      }
    }
  }

  private void inspectFile(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new UsageException("there is no file " + file);
    }
    if (file.endsWith(MANIFEST)) {
      try (InputStream in = Files.newInputStream(file)) {
        manifest(in.readNBytes(GenerationManifest.MAX_BYTES + 1), file.toString());
      }
      return;
    }
    try (FileSegmentSource source = new FileSegmentSource(file)) {
      segment(source);
    }
  }

  private void manifest(byte[] bytes, String name) {
    GenerationManifest manifest = GenerationManifest.parse(bytes, name);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("object", name);
    fields.put("kind", "generation");
    fields.put("replicaId", manifest.replicaId().toString());
    fields.put("generation", manifest.generation());
    fields.put("claim", manifest.claim().toString());
    fields.put("created", manifest.created());
    fields.put("pageSize", manifest.pageSize());
    fields.put("writer", manifest.writer());
    fields.put("takesOver", manifest.takesOver().map(InspectCommand::position));
    fields.put("continues", manifest.continues());
    fields.put("firstTxid", manifest.firstTxid());
    fields.put("bytes", (long) bytes.length);
    Output out = context().out();
    if (json) {
      out.document(fields);
    } else {
      fields.put(
          "takesOver", manifest.takesOver().map(Position::toString).orElse("nothing before it"));
      fields.put("created", Texts.time(manifest.created()));
      fields.forEach((key, value) -> out.line(line(key, value)));
    }
  }

  private static Map<String, Object> position(Position position) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("generation", position.generation());
    fields.put("txid", position.txid());
    fields.put("checksum", Texts.checksum(position.checksum()));
    return fields;
  }

  private void segment(SegmentSource source) throws IOException {
    SegmentReader reader = SegmentReader.open(source);
    if (check) {
      try (ProgressLine progress = new ProgressLine(context().err(), System::nanoTime)) {
        reader.verifyAll(done -> progress.update("checking", done, source.length()));
      }
    }
    SegmentInspector inspector = new SegmentInspector(reader);
    Map<String, Object> summary = inspector.summary();
    summary.put("checked", check);
    if (json) {
      context().out().document(generator -> document(generator, summary, inspector));
    } else if (transactions || pages) {
      inspector.lines(pages, context().out()::line);
    } else {
      summary.forEach((key, value) -> context().out().line(line(key, value)));
    }
  }

  private void document(
      JsonGenerator generator, Map<String, Object> summary, SegmentInspector inspector)
      throws IOException {
    generator.writeStartObject();
    for (Map.Entry<String, Object> field : summary.entrySet()) {
      generator.writeFieldName(field.getKey());
      Json.write(generator, field.getValue());
    }
    if (transactions || pages) {
      generator.writeArrayFieldStart("log");
      inspector.forEachTransaction(
          (transaction, runs) -> {
            generator.writeStartObject();
            for (Map.Entry<String, Object> field :
                SegmentInspector.transaction(transaction).entrySet()) {
              generator.writeFieldName(field.getKey());
              Json.write(generator, field.getValue());
            }
            if (pages) {
              generator.writeArrayFieldStart("pageRuns");
              pageRuns(generator, runs);
              generator.writeEndArray();
            }
            generator.writeEndObject();
          });
      generator.writeEndArray();
    }
    generator.writeEndObject();
  }

  private static void pageRuns(JsonGenerator generator, PageRuns runs) throws IOException {
    runs.forEach((first, last) -> generator.writeArray(new long[] {first, last}, 0, 2));
  }

  private static String line(String key, Object value) {
    return String.format(Locale.ROOT, "%-17s %s", key, value);
  }
}
