package dev.sidewal.cost;

import dev.sidewal.testing.FaultyHttpProxy;
import dev.sidewal.testing.HttpFault;
import dev.sidewal.testing.S3Operation;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts every request that passes an HTTP proxy, by operation and by the kind of the object that
 * its key names. Lets everything pass. Safe for use by several threads.
 */
final class RequestCounter implements FaultyHttpProxy.Plan {

  private static final Pattern KIND =
      Pattern.compile("\\.(segment|pack|snapshot|delta|mark|json)(\\?.*)?$");

  /** What was asked of which kind of object. */
  record Request(S3Operation operation, String kind) implements Comparable<Request> {
    @Override
    public int compareTo(Request other) {
      int first = operation.compareTo(other.operation);
      return first != 0 ? first : kind.compareTo(other.kind);
    }

    @Override
    public String toString() {
      return operation + " " + kind;
    }
  }

  private final Map<Request, Long> counts = new TreeMap<>();

  @Override
  public HttpFault faultOf(String method, String path) {
    Matcher kind = KIND.matcher(path);
    Request request =
        new Request(
            S3Operation.of(method, path),
            !kind.find() ? "" : kind.group(1).equals("json") ? "claim" : kind.group(1));
    synchronized (counts) {
      counts.merge(request, 1L, Long::sum);
    }
    return HttpFault.PASS;
  }

  /** Returns how many requests of an operation were counted since the last {@link #take}. */
  long of(S3Operation operation) {
    synchronized (counts) {
      return new Requests(counts).of(operation);
    }
  }

  /** Returns what was counted since the last call, and begins at zero. */
  Requests take() {
    synchronized (counts) {
      Requests taken = new Requests(new TreeMap<>(counts));
      counts.clear();
      return taken;
    }
  }

  /**
   * Requests that were counted.
   *
   * @param counts how many of each
   */
  record Requests(Map<Request, Long> counts) {

    /** Returns how many there were of operations, for all kinds of objects. */
    long of(S3Operation... operations) {
      long sum = 0;
      for (S3Operation operation : operations) {
        sum +=
            counts.entrySet().stream()
                .filter(e -> e.getKey().operation() == operation)
                .mapToLong(Map.Entry::getValue)
                .sum();
      }
      return sum;
    }

    /** Returns how many there were of an operation for a kind of object. */
    long of(S3Operation operation, String kind) {
      return counts.getOrDefault(new Request(operation, kind), 0L);
    }

    /** Returns how many there were. */
    long total() {
      return counts.values().stream().mapToLong(Long::longValue).sum();
    }
  }
}
