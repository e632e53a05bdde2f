package dev.sidewal.restore;

import dev.sidewal.sqlite.PageHash;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** The exact content of a database after every transaction, and how it came about. */
final class Model {

  static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  record Frame(long page, Image image) {}

  /** Page content; the same object stands for the same version. */
  static final class Image {
    private final byte[] bytes;

    Image(byte[] bytes) {
      this.bytes = bytes;
    }

    byte[] bytes() {
      return bytes;
    }
  }

  record State(long txid, Instant time, List<Frame> frames, List<Image> pages, long checksum) {
    long distinct() {
      return frames.stream().mapToLong(Frame::page).distinct().count();
    }
  }

  private final int pageSize;
  private final int maxPages;
  private final Image zeros;
  private final List<State> states = new ArrayList<>();

  Model(int pageSize, int maxPages) {
    this.pageSize = pageSize;
    this.maxPages = maxPages;
    this.zeros = new Image(new byte[pageSize]);
  }

  /** Returns a model that shares the history up to a transaction. */
  Model fork(long txid) {
    Model fork = new Model(pageSize, maxPages);
    fork.states.addAll(states.subList(0, (int) txid));
    return fork;
  }

  int pageSize() {
    return pageSize;
  }

  long last() {
    return states.size();
  }

  State state(long txid) {
    return states.get((int) txid - 1);
  }

  Image zeros() {
    return zeros;
  }

  /** Appends random transactions. */
  Model append(Random random, int count) {
    for (int i = 0; i < count; i++) {
      append(random, false);
    }
    return this;
  }

  /** Appends one transaction; if {@code jump}, to a state that has nothing to do with the last. */
  void append(Random random, boolean jump) {
    Optional<State> before = states.isEmpty() ? Optional.empty() : Optional.of(state(last()));
    List<Image> pages = new ArrayList<>(before.map(State::pages).orElse(List.of()));
    if (jump) {
      pages.clear();
    }
    int size = pages.size();
    if (jump || size == 0) {
      size = 1 + random.nextInt(maxPages);
    } else if (random.nextInt(4) == 0) {
      size = 1 + random.nextInt(maxPages);
    }
    while (pages.size() > size) {
      pages.remove(pages.size() - 1);
    }
    while (pages.size() < size) {
      pages.add(zeros);
    }
    List<Frame> frames = new ArrayList<>();
    int count = random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(Math.max(1, size / 2));
    for (int i = 0; i < count; i++) {
      long page = 1L + random.nextInt(random.nextInt(10) == 0 ? maxPages : size);
      byte[] bytes = new byte[pageSize];
      if (random.nextInt(6) > 0) {
        random.nextBytes(bytes);
      }
      // Of its own, so that histories which tests count on stay as they are.
      Random edits = new Random(last() * 1000 + i);
      if (page <= size && edits.nextInt(3) > 0) {
        bytes = edited(edits, pages.get((int) page - 1).bytes());
      }
      Frame frame = new Frame(page, new Image(bytes));
      frames.add(frame);
      if (page <= size) {
        pages.set((int) page - 1, frame.image());
      }
    }
    // Now and then several transactions have the same time.
    Instant time =
        before.map(s -> s.time().plus(Duration.ofMillis(random.nextInt(3) * 500L))).orElse(START);
    states.add(
        new State(
            last() + 1, time, List.copyOf(frames), List.copyOf(pages), checksum(pages, pageSize)));
  }

  /** Returns a page's next version: little of it changed, or moved. */
  private static byte[] edited(Random random, byte[] before) {
    byte[] bytes = before.clone();
    for (int i = random.nextInt(4); i >= 0; i--) {
      int length = 1 + random.nextInt(bytes.length / 8);
      int from = random.nextInt(bytes.length - length);
      int to = random.nextInt(bytes.length - length);
      switch (random.nextInt(3)) {
        case 0 -> bytes[to] = (byte) random.nextInt();
        case 1 -> System.arraycopy(before, from, bytes, to, length);
        default -> System.arraycopy(before, to, bytes, to + 2, bytes.length - to - 2);
      }
    }
    return bytes;
  }

  /** Appends a transaction that changes some pages a little, and makes some anew. */
  Model appendLarge(Random random, int frameCount, int anew) {
    List<Image> pages = new ArrayList<>(last() == 0 ? List.of() : state(last()).pages());
    while (pages.size() < maxPages) {
      pages.add(zeros);
    }
    List<Frame> frames = new ArrayList<>();
    for (int i = 0; i < frameCount; i++) {
      int page = random.nextInt(maxPages);
      byte[] bytes = edited(random, pages.get(page).bytes());
      if (i < anew) {
        // Nothing of the version before, and yet easy to compress.
        Arrays.fill(bytes, (byte) random.nextInt());
        bytes[random.nextInt(pageSize)]++;
      }
      frames.add(new Frame(page + 1L, new Image(bytes)));
      pages.set(page, frames.get(i).image());
    }
    states.add(
        new State(last() + 1, START.plusSeconds(last()), frames, pages, checksum(pages, pageSize)));
    return this;
  }

  /** Appends a transaction that makes the database a file's content. */
  Model append(byte[] file) {
    List<Frame> frames = new ArrayList<>();
    List<Image> pages = new ArrayList<>();
    for (int at = 0; at < file.length; at += pageSize) {
      Image image = new Image(Arrays.copyOfRange(file, at, at + pageSize));
      pages.add(image);
      frames.add(new Frame(pages.size(), image));
    }
    states.add(
        new State(last() + 1, START.plusSeconds(last()), frames, pages, checksum(pages, pageSize)));
    return this;
  }

  /** Returns a model that claims another checksum of its last state. */
  Model lying() {
    Model lying = fork(last() - 1);
    State s = state(last());
    lying.states.add(new State(s.txid(), s.time(), s.frames(), s.pages(), s.checksum() + 1));
    return lying;
  }

  private static long checksum(List<Image> pages, int pageSize) {
    long checksum = 0;
    for (int i = 0; i < pages.size(); i++) {
      if (i + 1 != LockBytePage.number(pageSize)) {
        checksum ^= PageHash.hash(i + 1L, pages.get(i).bytes(), 0, pageSize);
      }
    }
    return checksum;
  }

  /** Returns the file as of a transaction. */
  byte[] file(long txid) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    state(txid).pages().forEach(p -> out.writeBytes(p.bytes()));
    return out.toByteArray();
  }

  /** Returns the last transaction at or before a time, of those up to {@code latest}. */
  Optional<State> at(Instant time, long latest) {
    return states.stream()
        .filter(s -> s.txid() <= latest && !s.time().isAfter(time))
        .reduce((a, b) -> b);
  }

  /** Returns the pages that differ between two states, with the later content. */
  List<Frame> changed(long base, long txid) {
    List<Image> old = state(base).pages();
    List<Image> now = state(txid).pages();
    List<Frame> changed = new ArrayList<>();
    for (int i = 0; i < now.size(); i++) {
      if (i >= old.size() || !Arrays.equals(old.get(i).bytes(), now.get(i).bytes())) {
        changed.add(new Frame(i + 1L, now.get(i)));
      }
    }
    return changed;
  }
}
