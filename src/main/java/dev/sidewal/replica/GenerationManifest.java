package dev.sidewal.replica;

import dev.sidewal.error.HistoryDamagedException;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The content of {@code generation.json}, which claims a generation and says where it takes over.
 *
 * <p>Invariant: the text is canonical. The same manifest always gives the same bytes, the last
 * field is a CRC32C over the text without it, and {@link #parse} accepts nothing but those bytes.
 * So a flipped byte anywhere in it is seen, and an agent can tell its own claim from another's by
 * comparing bytes.
 *
 * @param replicaId the id that all generations of one replica share
 * @param generation its number, 1 or more
 * @param claim a random id of this very claim
 * @param created when it was claimed (UTC, milliseconds)
 * @param pageSize bytes a page of the database at that time
 * @param writer the program and version that claimed it
 * @param takesOver the last position of older generations that stays valid: what they recorded
 *     after that txid is fenced. Empty for the first generation and when nothing was recorded
 * @param continues whether the position in {@code takesOver} is the state that the first segment of
 *     this generation builds on; if not, the generation begins with a snapshot
 */
public record GenerationManifest(
    UUID replicaId,
    long generation,
    UUID claim,
    Instant created,
    int pageSize,
    String writer,
    Optional<Position> takesOver,
    boolean continues) {

  private static final HexFormat HEX = HexFormat.of();
  private static final int FORMAT = 1;

  /** The largest manifest that {@link #parse} looks at, in bytes. */
  public static final int MAX_BYTES = 64 * 1024;

  /** Checks the ranges; the time is cut to milliseconds. */
  public GenerationManifest {
    Objects.requireNonNull(replicaId, "replicaId");
    Generations.check(generation);
    Objects.requireNonNull(claim, "claim");
    created = Instant.ofEpochMilli(created.toEpochMilli());
    Objects.requireNonNull(writer, "writer");
    Objects.requireNonNull(takesOver, "takesOver");
    if (takesOver.isPresent() && takesOver.get().generation() >= generation) {
      throw new IllegalArgumentException("takes over from " + takesOver.get());
    }
    if (continues && takesOver.isEmpty()) {
      throw new IllegalArgumentException("continues nothing");
    }
  }

  /** Returns the first txid that belongs to this generation. */
  public long firstTxid() {
    return takesOver.map(Position::txid).orElse(0L) + 1;
  }

  /** Returns the canonical text in UTF-8. */
  public byte[] toBytes() {
    CRC32C crc = new CRC32C();
    crc.update(text(OptionalLong.empty()));
    return text(OptionalLong.of(crc.getValue()));
  }

  private byte[] text(OptionalLong crc) {
    return JsonText.of(
        json -> {
          json.writeNumberField("format", FORMAT);
          json.writeStringField("replica", replicaId.toString());
          json.writeNumberField("generation", generation);
          json.writeStringField("claim", claim.toString());
          json.writeStringField("created", created.toString());
          json.writeNumberField("pageSize", pageSize);
          json.writeStringField("writer", writer);
          if (takesOver.isPresent()) {
            Position p = takesOver.get();
            json.writeObjectFieldStart("takesOver");
            json.writeNumberField("generation", p.generation());
            json.writeNumberField("txid", p.txid());
            json.writeStringField("checksum", HEX.toHexDigits(p.checksum()));
            json.writeEndObject();
          }
          json.writeBooleanField("continues", continues);
          if (crc.isPresent()) {
            json.writeStringField("crc32c", HEX.toHexDigits(crc.getAsLong(), 8));
          }
        });
  }

  /**
   * Reads a manifest.
   *
   * @param bytes the whole object
   * @param name the object's name for messages
   * @throws HistoryDamagedException if it is anything but the canonical text of a manifest
   */
  public static GenerationManifest parse(byte[] bytes, String name) {
    try {
      Map<String, String> fields = JsonText.read(bytes);
      int format = Integer.parseInt(fields.getOrDefault("format", "0"));
      if (format > FORMAT) {
        throw new HistoryDamagedException(
            name
                + " was written by a newer Sidewal (format "
                + format
                + "); upgrade this one to read it.");
      }
      Optional<Position> takesOver = Optional.empty();
      if (fields.containsKey("takesOver.txid")) {
        takesOver =
            Optional.of(
                new Position(
                    Long.parseLong(required(fields, "takesOver.generation")),
                    Long.parseLong(required(fields, "takesOver.txid")),
                    Long.parseUnsignedLong(required(fields, "takesOver.checksum"), 16)));
      }
      GenerationManifest manifest =
          new GenerationManifest(
              UUID.fromString(required(fields, "replica")),
              Long.parseLong(required(fields, "generation")),
              UUID.fromString(required(fields, "claim")),
              Instant.parse(required(fields, "created")),
              Integer.parseInt(required(fields, "pageSize")),
              required(fields, "writer"),
              takesOver,
              Boolean.parseBoolean(required(fields, "continues")));
      // What was read too kindly above shows here.
      if (Arrays.equals(manifest.toBytes(), bytes)) {
        return manifest;
      }
      throw damaged(name, null);
    } catch (IOException | IllegalArgumentException | DateTimeException e) {
      throw damaged(name, e);
    }
  }

  private static String required(Map<String, String> fields, String name) {
    String value = fields.get(name);
    if (value == null) {
      throw new IllegalArgumentException("there is no '" + name + "'");
    }
    return value;
  }

  private static HistoryDamagedException damaged(String name, Throwable cause) {
    return new HistoryDamagedException(
        name
            + " is damaged: it is not the text that was written. Without it nothing says where this"
            + " generation takes over; bring the object back from a copy or an older version of it.",
        cause);
  }
}
