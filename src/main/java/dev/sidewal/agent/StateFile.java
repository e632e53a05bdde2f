package dev.sidewal.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The file that holds the last {@link SavedState}: two places that are written in turn, each with a
 * checksum of its own.
 *
 * <p>Invariant: the state before is never touched while the next one is written. So whenever the
 * process ends, one of the two is whole; the one with the greater number counts. The places exist
 * before they are needed, so a full disk is no obstacle. Not safe for use by several threads.
 */
final class StateFile implements AutoCloseable {

  private static final String NAME = "state";

  private final FileChannel channel;
  private Optional<SavedState> last = Optional.empty();

  private StateFile(FileChannel channel) {
    this.channel = channel;
  }

  /** Opens the file of a directory, and makes it if it is not there. */
  static StateFile open(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(NAME),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    StateFile file = new StateFile(channel);
    try {
      for (int place = 0; place < 2; place++) {
        Optional<SavedState> state = file.read(place);
        if (state.isPresent()
            && (file.last.isEmpty() || state.get().sequence() > file.last.get().sequence())) {
          file.last = state;
        }
      }
      if (channel.size() < 2 * SavedState.LENGTH) {
        file.write(new byte[SavedState.LENGTH], 1);
      }
      return file;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private Optional<SavedState> read(int place) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(SavedState.LENGTH);
    long at = (long) place * SavedState.LENGTH;
    while (b.hasRemaining()) {
      int n = channel.read(b, at + b.position());
      if (n < 0) {
        return Optional.empty();
      }
    }
    return SavedState.parse(b.array());
  }

  /** Returns the last state that was written completely. */
  Optional<SavedState> last() {
    return last;
  }

  /** Returns the number that the next state must have. */
  long nextSequence() {
    return last.map(s -> s.sequence() + 1).orElse(1L);
  }

  /** Writes the next state. */
  void write(SavedState state) throws IOException {
    if (state.sequence() != nextSequence()) {
      throw new IllegalArgumentException("state " + state.sequence());
    }
    write(state.toBytes(), (int) (state.sequence() & 1));
    last = Optional.of(state);
  }

  private void write(byte[] bytes, int place) throws IOException {
    ByteBuffer b = ByteBuffer.wrap(bytes);
    long at = (long) place * SavedState.LENGTH;
    while (b.hasRemaining()) {
      channel.write(b, at + b.position());
    }
  }

  /** Has the disk keep what was written, also through a loss of power. */
  void force() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
