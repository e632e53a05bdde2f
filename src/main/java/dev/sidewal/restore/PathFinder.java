package dev.sidewal.restore;

import dev.sidewal.replica.Timeline;
import dev.sidewal.replica.TimelineObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Finds the cheapest complete way to a state.
 *
 * <p>States are nodes, objects lead from one to another: a snapshot from nothing, a delta from
 * exactly its base, a segment or pack from any state that it covers. It is enough to look at the
 * states at which objects end: whoever leaves an object earlier could leave it at its end as well,
 * or does not need what follows. The cost is the bytes that are read, and {@link #REQUEST_BYTES}
 * for each object, since a thousand small objects take longer than one of their size. Among equals
 * packs are better than segments, and long ones than short ones. O(n log n).
 *
 * <p>Invariant: {@code frontier} holds, in ascending order of txids, states of ascending costs: a
 * state that an older one cannot undercut. So the cheapest of all states from some txid on is the
 * first one found there.
 */
final class PathFinder {

  /** What one more object costs, as if it were bytes. */
  private static final long REQUEST_BYTES = 64 * 1024;

  private record Step(TimelineObject object, long end) {}

  private record Node(long txid, long cost, TimelineObject object, Optional<Node> before) {}

  private static final Comparator<Node> BETTER =
      Comparator.comparingLong(Node::cost)
          .thenComparing(Node::object, Timeline.PREFERENCE.reversed());

  private final TreeMap<Long, Node> frontier = new TreeMap<>();
  private final Map<Long, Node> nodes = new HashMap<>();

  private PathFinder() {}

  /** Returns the objects that lead to a state, oldest first; empty if it cannot be reached. */
  static List<PlannedObject> find(List<TimelineObject> objects, long target) {
    List<Step> steps = new ArrayList<>();
    for (TimelineObject o : objects) {
      if (o.object().name().kind().isImage()) {
        if (o.last() <= target) {
          steps.add(new Step(o, o.last()));
        }
      } else if (o.first() <= target && o.base() < target) {
        steps.add(new Step(o, Math.min(o.last(), target)));
      }
    }
    steps.sort(Comparator.comparingLong(Step::end));
    return new PathFinder().walk(steps, target);
  }

  private List<PlannedObject> walk(List<Step> steps, long target) {
    for (int i = 0; i < steps.size(); ) {
      long end = steps.get(i).end();
      Optional<Node> best = Optional.empty();
      for (; i < steps.size() && steps.get(i).end() == end; i++) {
        Optional<Node> node = reach(steps.get(i));
        if (node.isPresent() && (best.isEmpty() || BETTER.compare(node.get(), best.get()) < 0)) {
          best = node;
        }
      }
      best.ifPresent(this::add);
    }
    Deque<PlannedObject> path = new ArrayDeque<>();
    Optional<Node> node = Optional.ofNullable(nodes.get(target));
    while (node.isPresent()) {
      Node n = node.get();
      path.addFirst(
          new PlannedObject(n.object().object(), n.before().map(Node::txid).orElse(0L), n.txid()));
      node = n.before();
    }
    return List.copyOf(path);
  }

  private Optional<Node> reach(Step step) {
    TimelineObject o = step.object();
    long cost = o.object().bytes() + REQUEST_BYTES;
    Optional<Node> before =
        switch (o.object().name().kind()) {
          case SNAPSHOT -> Optional.empty();
          case DELTA -> Optional.ofNullable(nodes.get(o.base()));
          case SEGMENT, PACK ->
              Optional.ofNullable(frontier.ceilingEntry(o.base())).map(Map.Entry::getValue);
        };
    if (o.base() == 0) {
      return Optional.of(new Node(step.end(), cost, o, Optional.empty()));
    }
    return before.map(b -> new Node(step.end(), b.cost() + cost, o, before));
  }

  private void add(Node node) {
    nodes.put(node.txid(), node);
    while (!frontier.isEmpty() && frontier.lastEntry().getValue().cost() >= node.cost()) {
      frontier.pollLastEntry();
    }
    frontier.put(node.txid(), node);
  }
}
