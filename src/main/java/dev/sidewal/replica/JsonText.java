package dev.sidewal.replica;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The small JSON documents in a replica: indented, one field a line, the same fields always the
 * same bytes.
 *
 * <p>Jackson's binding to objects is not used: every command reads a manifest first, and to load
 * its four hundred classes takes longer than to restore a small replica.
 */
final class JsonText {

  private static final JsonFactory JSON = new JsonFactory();

  private JsonText() {}

  /** The fields of a document. */
  @FunctionalInterface
  interface Fields {
    /** Writes them. */
    void write(JsonGenerator json) throws IOException;
  }

  /** Returns a document in UTF-8. */
  static byte[] of(Fields fields) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return (text.toString().replace("\r\n", "\n") + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Returns a document's values as texts; those of an object within it have its name and a dot in
   * front of theirs. It is read kindly: who must know that it is as it was written compares the
   * bytes.
   *
   * @throws IOException if it is no JSON
   */
  static Map<String, String> read(byte[] document) throws IOException {
    Map<String, String> fields = new HashMap<>();
    String prefix = "";
    try (JsonParser json = JSON.createParser(document)) {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.START_OBJECT) {
          prefix = json.currentName() == null ? "" : json.currentName() + ".";
        } else if (token == JsonToken.END_OBJECT) {
          prefix = "";
        } else if (token.isScalarValue()) {
          fields.put(prefix + json.currentName(), json.getText());
        }
      }
    }
    return fields;
  }
}
