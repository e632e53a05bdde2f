package dev.sidewal.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits on local disk for a store that takes nothing. */
class PieceQueueTest {

  @TempDir Path dir;

  /** One transaction can change every page before anybody looks at what waits. */
  @Test
  void writingFailsWhenTooMuchWaitsAndGoesOnWhenTheStoreTookSome() throws Exception {
    PieceQueue queue = new PieceQueue(dir, 10 << 20);
    byte[] bytes = new byte[1 << 20];
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100; i++) {
                queue.write(bytes, 0, bytes.length);
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("wait for the store");
    assertThat(queue.pendingBytes()).isEqualTo(11 << 20);
    assertThat(queue.first()).hasValueSatisfying(p -> assertThat(p).hasSize(4 << 20));
    queue.removeFirst();
    queue.write(bytes, 0, bytes.length);
    assertThat(queue.pendingBytes()).isEqualTo(8 << 20);
    queue.abandon();
  }
}
