package dev.sidewal.replica;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the keys of generations are spelt. */
public final class Generations {

  /** The prefix of all keys of a replica. */
  public static final String PREFIX = "generations/";

  private static final Pattern MANIFEST =
      Pattern.compile("generations/([0-9a-f]{8})/generation\\.json");

  private Generations() {}

  /** Returns {@code generations/<n>/}. */
  public static String directory(long generation) {
    check(generation);
    return PREFIX + name(generation) + "/";
  }

  /** Returns the generation's 8 hexadecimal digits. */
  public static String name(long generation) {
    return String.format(Locale.ROOT, "%08x", generation);
  }

  /** Returns the key of the object that claims a generation. */
  public static String manifestKey(long generation) {
    return directory(generation) + "generation.json";
  }

  /** Returns which generation a key claims; empty if it is not such a key. */
  public static OptionalLong parseManifestKey(String key) {
    Matcher m = MANIFEST.matcher(key);
    if (!m.matches()) {
      return OptionalLong.empty();
    }
    long generation = Long.parseLong(m.group(1), 16);
    return generation == 0 ? OptionalLong.empty() : OptionalLong.of(generation);
  }

  static void check(long generation) {
    if (generation < 1 || generation > 0xffff_ffffL) {
      throw new IllegalArgumentException("generation " + generation);
    }
  }
}
