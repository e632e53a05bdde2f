package dev.sidewal.replica;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sidewal.error.HistoryDamagedException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
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

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
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
    ObjectNode node = JSON.createObjectNode();
    node.put("format", FORMAT);
    node.put("replica", replicaId.toString());
    node.put("generation", generation);
    node.put("claim", claim.toString());
    node.put("created", created.toString());
    node.put("pageSize", pageSize);
    node.put("writer", writer);
    if (takesOver.isPresent()) {
      Position p = takesOver.get();
      ObjectNode parent = node.putObject("takesOver");
      parent.put("generation", p.generation());
      parent.put("txid", p.txid());
      parent.put("checksum", String.format(Locale.ROOT, "%016x", p.checksum()));
    }
    node.put("continues", continues);
    CRC32C crc = new CRC32C();
    crc.update(text(node));
    node.put("crc32c", String.format(Locale.ROOT, "%08x", crc.getValue()));
    return text(node);
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
      JsonNode node = JSON.readTree(bytes);
      if (node.path("format").isInt() && node.path("format").intValue() > FORMAT) {
        throw new HistoryDamagedException(
            name
                + " was written by a newer Sidewal (format "
                + node.path("format").intValue()
                + "); upgrade this one to read it.");
      }
      Optional<Position> takesOver = Optional.empty();
      if (node.has("takesOver")) {
        JsonNode p = node.get("takesOver");
        takesOver =
            Optional.of(
                new Position(
                    p.required("generation").longValue(),
                    p.required("txid").longValue(),
                    Long.parseUnsignedLong(p.required("checksum").textValue(), 16)));
      }
      GenerationManifest manifest =
          new GenerationManifest(
              UUID.fromString(node.required("replica").textValue()),
              node.required("generation").longValue(),
              UUID.fromString(node.required("claim").textValue()),
              Instant.parse(node.required("created").textValue()),
              node.required("pageSize").intValue(),
              node.required("writer").textValue(),
              takesOver,
              node.required("continues").booleanValue());
      if (Arrays.equals(manifest.toBytes(), bytes)) {
        return manifest;
      }
      throw damaged(name, null);
    } catch (java.io.IOException
        | IllegalArgumentException
        | NullPointerException
        | DateTimeException e) {
      throw damaged(name, e);
    }
  }

  private static HistoryDamagedException damaged(String name, Throwable cause) {
    return new HistoryDamagedException(
        name
            + " is damaged: it is not the text that was written. Without it nothing says where this"
            + " generation takes over; bring the object back from a copy or an older version of it.",
        cause);
  }

  private static byte[] text(ObjectNode node) {
    try {
      return (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node).replace("\r\n", "\n")
              + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
