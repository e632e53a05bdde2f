package dev.sidewal.store;

import java.util.regex.Pattern;

/** The rules for keys, the same for every store. */
final class Keys {

  private static final Pattern CHARACTERS = Pattern.compile("[0-9A-Za-z._/-]+");

  private Keys() {}

  /** Returns whether the text can be a key: legal characters, no empty, dot or dot-dot segment. */
  static boolean isValid(String key) {
    if (!CHARACTERS.matcher(key).matches()) {
      return false;
    }
    for (String segment : key.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        return false;
      }
    }
    return true;
  }

  /** Returns the key, or fails: a bad key is a mistake in the program, never in the data. */
  static String check(String key) {
    if (!isValid(key)) {
      throw new IllegalArgumentException("not a key: '" + key + "'");
    }
    return key;
  }

  /** Checks what stands before the keys that are asked for: a key cut off anywhere, or nothing. */
  static String checkPrefix(String prefix) {
    String directory = prefix.substring(0, prefix.lastIndexOf('/') + 1);
    boolean legal =
        (prefix.isEmpty() || CHARACTERS.matcher(prefix).matches())
            && (directory.isEmpty() || isValid(directory.substring(0, directory.length() - 1)));
    if (!legal) {
      throw new IllegalArgumentException("not a prefix of keys: '" + prefix + "'");
    }
    return prefix;
  }

  /** Checks a range of an object. */
  static void checkRange(long offset, long length) {
    if (offset < 0 || length < 1) {
      throw new IllegalArgumentException("not a range: " + length + " bytes at " + offset);
    }
  }
}
