package dev.sidewal.segment;

import java.util.List;

/**
 * Checks, on a walk from the first index chunk to the last, that each continues its predecessor.
 */
final class ChunkChain {

  private final String name;
  private long openFrames;
  private long millis;

  ChunkChain(String name) {
    this.name = name;
  }

  void follow(IndexChunk chunk) {
    IndexChunk.Start start = chunk.start();
    if (start.openFrames() != openFrames || start.millis() != millis) {
      throw Damage.damaged(
          name, "index chunk " + chunk.ordinal() + " does not continue the one before it");
    }
    List<TransactionEnd> ends = chunk.transactions();
    if (ends.isEmpty()) {
      openFrames += chunk.frames();
    } else {
      openFrames = chunk.openAtEnd();
      millis = ends.get(ends.size() - 1).transaction().time().toEpochMilli();
    }
  }
}
