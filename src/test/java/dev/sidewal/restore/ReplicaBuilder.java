package dev.sidewal.restore;

import dev.sidewal.replica.GenerationManifest;
import dev.sidewal.replica.Generations;
import dev.sidewal.replica.HistoryObject;
import dev.sidewal.replica.Position;
import dev.sidewal.segment.ObjectKind;
import dev.sidewal.segment.SegmentHeader;
import dev.sidewal.segment.SegmentWriter;
import dev.sidewal.segment.SegmentWriterOptions;
import dev.sidewal.segment.Transaction;
import dev.sidewal.store.ObjectStore;
import dev.sidewal.store.Payload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Writes the history of a model into a store. */
final class ReplicaBuilder {

  private final UUID replicaId = new UUID(1, 2);
  private final ObjectStore store;
  private final SegmentWriterOptions options;

  ReplicaBuilder(ObjectStore store, int blockBytes) {
    this.store = store;
    this.options = new SegmentWriterOptions(blockBytes, 1);
  }

  void claim(long generation, int pageSize, Optional<Position> takesOver, boolean continues) {
    GenerationManifest manifest =
        new GenerationManifest(
            replicaId,
            generation,
            new UUID(7, generation),
            Instant.parse("2026-01-01T00:00:00Z"),
            pageSize,
            "test",
            takesOver,
            continues);
    store.putIfAbsent(Generations.manifestKey(generation), Payload.of(manifest.toBytes()));
  }

  static Position position(long generation, Model model, long txid) {
    return new Position(generation, txid, model.state(txid).checksum());
  }

  /** Writes a snapshot that carries some pages twice: first something else, then what counts. */
  String snapshot(long generation, Model model, long txid) {
    Model.State state = model.state(txid);
    List<Model.Frame> frames = new ArrayList<>();
    for (int i = 0; i < state.pages().size(); i++) {
      Model.Image image = state.pages().get(i);
      if (i % 3 == 1) {
        frames.add(new Model.Frame(i + 1L, model.state(Math.max(1, txid - 1)).pages().get(0)));
      } else {
        frames.add(new Model.Frame(i + 1L, image));
      }
    }
    for (int i = 1; i < state.pages().size(); i += 3) {
      frames.add(new Model.Frame(i + 1L, state.pages().get(i)));
    }
    HistoryObject name = HistoryObject.snapshot(generation, txid, state.time());
    return image(name, model, frames, header(name, model, 0, 0));
  }

  String delta(long generation, Model model, long base, long txid) {
    HistoryObject name = HistoryObject.delta(generation, base, txid, model.state(txid).time());
    return image(
        name,
        model,
        model.changed(base, txid),
        header(name, model, pages(model, base), checksum(model, base)));
  }

  String segment(long generation, Model model, long first, long last) {
    return range(
        HistoryObject.segment(
            generation, first, last, model.state(first).time(), model.state(last).time()),
        model);
  }

  String pack(long generation, Model model, long first, long last) {
    return range(
        HistoryObject.pack(
            generation, first, last, model.state(first).time(), model.state(last).time()),
        model);
  }

  private String image(
      HistoryObject name, Model model, List<Model.Frame> frames, SegmentHeader header) {
    Model.State s = model.state(name.lastTxid());
    return put(
        name,
        header,
        writer -> {
          for (Model.Frame f : frames) {
            writer.page(f.page(), f.image().bytes(), 0);
          }
          writer.commit(
              new Transaction(
                  s.txid(),
                  s.time(),
                  frames.size(),
                  frames.stream().mapToLong(Model.Frame::page).distinct().count(),
                  s.pages().size(),
                  s.checksum(),
                  false));
        });
  }

  private String range(HistoryObject name, Model model) {
    long base = name.firstTxid() - 1;
    return put(
        name,
        header(name, model, pages(model, base), checksum(model, base)),
        writer -> {
          for (long txid = name.firstTxid(); txid <= name.lastTxid(); txid++) {
            Model.State s = model.state(txid);
            for (Model.Frame f : s.frames()) {
              writer.page(f.page(), f.image().bytes(), 0);
            }
            writer.commit(
                new Transaction(
                    txid,
                    s.time(),
                    s.frames().size(),
                    s.distinct(),
                    s.pages().size(),
                    s.checksum(),
                    false));
          }
        });
  }

  private static long pages(Model model, long txid) {
    return txid == 0 ? 0 : model.state(txid).pages().size();
  }

  private static long checksum(Model model, long txid) {
    return txid == 0 ? 0 : model.state(txid).checksum();
  }

  private SegmentHeader header(HistoryObject name, Model model, long pages, long checksum) {
    return new SegmentHeader(
        name.kind(),
        replicaId,
        name.generation(),
        model.pageSize(),
        name.kind() == ObjectKind.SNAPSHOT ? name.lastTxid() : name.firstTxid(),
        pages,
        checksum);
  }

  private interface Content {
    void write(SegmentWriter writer) throws IOException;
  }

  private String put(HistoryObject name, SegmentHeader header, Content content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (SegmentWriter writer = new SegmentWriter(header, out, options)) {
      content.write(writer);
      writer.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    store.putIfAbsent(name.key(), Payload.of(out.toByteArray()));
    return name.key();
  }
}
