package dev.sidewal.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The tables of docs/format.md say what the code does, field by field. */
class FormatDocumentTest {

  /** Returns the rows of each table under the given heading, cells trimmed, without table heads. */
  private static List<List<List<String>>> tables(String heading) throws IOException {
    List<List<List<String>>> tables = new ArrayList<>();
    boolean inside = false;
    boolean inTable = false;
    for (String line : Files.readAllLines(Path.of("docs/format.md"))) {
      if (line.startsWith("#")) {
        inside = line.replaceFirst("^#+ ", "").equals(heading);
      }
      if (inside && line.startsWith("| ---")) {
        tables.add(new ArrayList<>());
        inTable = true;
      } else if (inside && inTable && line.startsWith("|")) {
        tables
            .get(tables.size() - 1)
            .add(Arrays.stream(line.substring(1).split("\\|")).map(String::trim).toList());
      } else {
        inTable = false;
      }
    }
    return tables;
  }

  private static <E extends Enum<E> & SegmentFormat.Field> void assertSame(
      List<List<String>> table, E[] fields, int length) {
    List<String> documented =
        table.stream().map(row -> row.get(0) + " " + row.get(1) + " " + row.get(2)).toList();
    List<String> coded =
        Arrays.stream(fields)
            .map(f -> f.at() + " " + f.size() + " " + f.name().toLowerCase(Locale.ROOT))
            .map(text -> text.replace('_', ' '))
            .toList();
    assertThat(documented).isEqualTo(coded);
    int at = 0;
    for (E field : fields) {
      assertThat(field.at()).as(field.name()).isEqualTo(at);
      at += field.size();
    }
    assertThat(at).isEqualTo(length);
  }

  @Test
  void header() throws IOException {
    assertSame(
        tables("Header").get(0), SegmentFormat.HeaderField.values(), SegmentFormat.HEADER_LENGTH);
    assertThat(tables("Header").get(0).get(0).get(3)).contains(bytes(SegmentFormat.MAGIC));
  }

  @Test
  void kinds() throws IOException {
    List<String> documented =
        tables("Header").get(1).stream().map(row -> row.get(0) + " " + row.get(1)).toList();
    assertThat(documented)
        .isEqualTo(
            Arrays.stream(ObjectKind.values())
                .map(kind -> kind.name().toLowerCase(Locale.ROOT) + " " + kind.code())
                .toList());
  }

  @Test
  void parts() throws IOException {
    List<List<String>> table = tables("Blocks and index chunks").get(0);
    assertSame(table, SegmentFormat.PartField.values(), SegmentFormat.PART_HEADER_LENGTH);
    assertThat(table.get(0).get(3))
        .isEqualTo(
            "`"
                + ascii(SegmentFormat.BLOCK_MAGIC)
                + "` for a block, `"
                + ascii(SegmentFormat.INDEX_MAGIC)
                + "` for an index chunk");
  }

  @Test
  void ops() throws IOException {
    List<String> documented =
        tables("Ops").get(0).stream().map(row -> row.get(0) + " " + row.get(1)).toList();
    assertThat(documented)
        .containsExactly(
            "block " + SegmentFormat.OP_BLOCK,
            "pages " + SegmentFormat.OP_PAGES,
            "commit " + SegmentFormat.OP_COMMIT);
  }

  @Test
  void entries() throws IOException {
    List<List<List<String>>> tables = tables("Blocks of version 2");
    assertThat(tables.get(0).stream().map(row -> row.get(0) + " " + row.get(1)))
        .containsExactly(
            "page " + SegmentFormat.ENTRY_PAGE,
            "kept " + SegmentFormat.ENTRY_KEPT,
            "patch " + SegmentFormat.ENTRY_PATCH,
            "mixed " + SegmentFormat.ENTRY_MIXED);
    assertThat(tables.get(1).stream().map(row -> row.get(0) + " " + row.get(1)))
        .containsExactly("write 0", "copy 1");
    String text = Files.readString(Path.of("docs/format.md"));
    for (int pageSize : new int[] {512, 4096, 65536}) {
      assertThat(text)
          .containsPattern(
              PageSlots.count(pageSize) + " for (pages of )?" + pageSize + "( bytes)?");
    }
  }

  /** The example of a patch is applied as it stands there. */
  @Test
  void theExampleOfAPatchIsRight() throws IOException {
    StringBuilder digits = new StringBuilder();
    tables("Blocks of version 2").get(2).forEach(row -> digits.append(row.get(0)));
    byte[] patch = HexFormat.of().parseHex(digits.toString().replaceAll("[` ]", ""));
    byte[] expected = Entries.filled(7);
    expected[10] = 1;
    expected[11] = 2;
    Entries entries = new Entries().kept(3, Entries.filled(7));
    for (byte b : patch) {
      entries.bytes(b);
    }
    byte[] object = entries.expect(expected).endBlock().object();
    entries.assertHolds(Sample.read(SegmentReader.open(new MemorySource(object))));
  }

  @Test
  void footer() throws IOException {
    List<List<List<String>>> tables = tables("Footer");
    assertSame(tables.get(0), SegmentFormat.TableField.values(), SegmentFormat.TABLE_ENTRY_LENGTH);
    assertSame(
        tables.get(1), SegmentFormat.FooterField.values(), SegmentFormat.FOOTER_FIXED_LENGTH);
    List<List<String>> fixed = tables.get(1);
    assertThat(fixed.get(fixed.size() - 1).get(3)).contains(bytes(SegmentFormat.END_MAGIC));
  }

  @Test
  void limits() throws IOException {
    Map<String, Long> documented = new TreeMap<>();
    tables("Limits").get(0).forEach(row -> documented.put(row.get(0), Long.valueOf(row.get(1))));
    assertThat(documented)
        .isEqualTo(
            new TreeMap<>(
                Map.ofEntries(
                    Map.entry("format version", (long) SegmentFormat.VERSION),
                    Map.entry("header length", (long) SegmentFormat.HEADER_LENGTH),
                    Map.entry("part header length", (long) SegmentFormat.PART_HEADER_LENGTH),
                    Map.entry("table entry length", (long) SegmentFormat.TABLE_ENTRY_LENGTH),
                    Map.entry("footer fixed length", (long) SegmentFormat.FOOTER_FIXED_LENGTH),
                    Map.entry("max block raw", (long) SegmentFormat.MAX_BLOCK_RAW),
                    Map.entry("max entry extra", (long) SegmentFormat.MAX_ENTRY_EXTRA),
                    Map.entry("slot bytes", (long) SegmentFormat.SLOT_BYTES),
                    Map.entry("max index raw", (long) SegmentFormat.MAX_INDEX_RAW),
                    Map.entry("max chunks", (long) SegmentFormat.MAX_CHUNKS),
                    Map.entry("max page", SegmentFormat.MAX_PAGE),
                    Map.entry("max millis", SegmentFormat.MAX_MILLIS))));
    assertThat(SegmentFormat.maxStored(1 << 20)).isEqualTo((1 << 20) + (1 << 12) + 64);
  }

  private static String bytes(long magic) {
    StringBuilder text = new StringBuilder();
    for (int shift = 56; shift >= 0; shift -= 8) {
      text.append(String.format(Locale.ROOT, " %02x", magic >>> shift & 0xff));
    }
    return "`" + text.substring(1) + "`";
  }

  private static String ascii(int magic) {
    StringBuilder text = new StringBuilder();
    for (int shift = 24; shift >= 0; shift -= 8) {
      text.append((char) (magic >>> shift & 0xff));
    }
    return text.toString();
  }
}
