package dev.sidewal.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything as one JSON document: the machine, each line of the table, and every single run. */
public final class JsonReport {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private JsonReport() {}

  /** Writes the document. */
  public static void write(
      Path file, Map<String, String> machine, List<Column> columns, List<Sheet> sheets)
      throws IOException {
    ObjectNode root = MAPPER.createObjectNode();
    ObjectNode facts = root.putObject("machine");
    machine.forEach(facts::put);
    var all = root.putArray("scenarios");
    for (Sheet sheet : sheets) {
      ObjectNode node = all.addObject();
      node.put("name", sheet.name());
      node.put("title", sheet.title());
      var rows = node.putArray("rows");
      sheet.rows().forEach(row -> row(rows.addObject(), sheet, row, columns));
      var runs = node.putArray("runs");
      sheet.runs().all().forEach(run -> run(runs.addObject(), run));
    }
    Files.writeString(
        file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
  }

  private static void row(ObjectNode node, Sheet sheet, Row row, List<Column> columns) {
    node.put("what", row.what());
    node.put("key", row.key());
    node.put("ratioToNone", row.ratio());
    row.target().ifPresent(target -> node.put("target", target.text()));
    ObjectNode figures = node.putObject("figures");
    for (Column column : columns) {
      Optional<Spread> spread = row.of(sheet.runs(), column.name());
      if (spread.isPresent()) {
        ObjectNode figure = figures.putObject(column.name());
        figure.put("median", spread.get().median());
        figure.put("min", spread.get().min());
        figure.put("max", spread.get().max());
        sheet.met(row, column).ifPresent(met -> figure.put("met", met));
      }
    }
  }

  private static void run(ObjectNode node, Run run) {
    node.put("contender", run.contender());
    node.put("pair", run.pair());
    run.failure().ifPresent(why -> node.put("failure", why));
    ObjectNode values = node.putObject("values");
    run.values().forEach(values::put);
  }
}
