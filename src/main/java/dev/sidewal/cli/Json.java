package dev.sidewal.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * How values look in JSON: times as RFC 3339 UTC with exactly three decimals, whole numbers in
 * decimal, an empty {@link Optional} as null. It writes as it goes; nothing is collected.
 */
final class Json {

  /** Here, since this class is loaded only where JSON is written: most runs write none. */
  static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /** Returns a printer that indents by two blanks and ends lines with {@code \n} everywhere. */
  static PrettyPrinter printer() {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentArraysWith(indenter);
    printer.indentObjectsWith(indenter);
    return printer;
  }

  /** Writes a value: a map, a list, text, a number, a boolean, a time, a path or an optional. */
  static void write(JsonGenerator json, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName((String) entry.getKey());
        write(json, entry.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof Iterable<?> list && !(value instanceof Path)) {
      json.writeStartArray();
      for (Object element : list) {
        write(json, element);
      }
      json.writeEndArray();
    } else if (value instanceof Optional<?> optional) {
      if (optional.isPresent()) {
        write(json, optional.get());
      } else {
        json.writeNull();
      }
    } else if (value instanceof Long || value instanceof Integer) {
      json.writeNumber(((Number) value).longValue());
    } else if (value instanceof Double number) {
      json.writeNumber(number);
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else if (value instanceof Instant time) {
      json.writeString(Texts.time(time));
    } else if (value instanceof String || value instanceof Path) {
      json.writeString(value.toString());
    } else {
      throw new IllegalArgumentException("no JSON form of " + value);
    }
  }
}
