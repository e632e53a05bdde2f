package dev.sidewal.restore;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the objects of a history say of the states at which one of them begins or ends: all of them
 * must say the same. Memory grows with the objects, not with the transactions. Safe for use by
 * several threads.
 */
final class RecordedStates {

  private record State(long checksum, OptionalLong pages, String source) {
    boolean contradicts(State other) {
      return checksum != other.checksum
          || (pages.isPresent()
              && other.pages.isPresent()
              && pages.getAsLong() != other.pages.getAsLong());
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%schecksum %016x in %s",
          pages.isPresent() ? pages.getAsLong() + " pages with " : "",
          checksum,
          source);
    }
  }

  private final Set<Long> wanted = ConcurrentHashMap.newKeySet();
  private final Map<Long, State> states = new HashMap<>();
  private final List<Finding> contradictions = new ArrayList<>();

  /** Says after which transactions states are to be compared. */
  void want(Set<Long> txids) {
    wanted.addAll(txids);
  }

  /** Notes what an object or a claim says of the state after a transaction. */
  void add(long txid, long checksum, OptionalLong pages, String source) {
    if (!wanted.contains(txid)) {
      return;
    }
    State state = new State(checksum, pages, source);
    synchronized (this) {
      State known = states.getOrDefault(txid, state);
      if (known.pages().isEmpty()) {
        states.put(txid, state);
      } else {
        states.putIfAbsent(txid, state);
      }
      if (known.contradicts(state)) {
        contradictions.add(
            Finding.about(
                Finding.Kind.CONTRADICTION,
                source,
                "Two objects contradict each other on the state after transaction "
                    + txid
                    + ": "
                    + known
                    + ", but "
                    + state
                    + ". Each is undamaged in itself, so one of them is not what was written there. No"
                    + " restore that needs both will succeed. Bring the right one back from a copy or"
                    + " an older version, or begin a new history with sidewal snapshot."));
      }
    }
  }

  synchronized List<Finding> contradictions() {
    return List.copyOf(contradictions);
  }
}
