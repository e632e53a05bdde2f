package dev.sidewal.bench.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files that Linux has about a process; proc(5) says what stands where. */
public final class ProcFiles {

  // Field numbers of proc(5) less 3: what stands before field 3 may hold blanks, and is cut off.
  private static final int USER = 14 - 3;
  private static final int SYSTEM = 15 - 3;
  private static final int CHILDREN_USER = 16 - 3;
  private static final int CHILDREN_SYSTEM = 17 - 3;

  private static final long TICKS_A_SECOND = ticksASecond();

  private ProcFiles() {}

  /** Returns the CPU time of a live process, all its threads together, those that ended too. */
  public static Duration cpu(long pid) throws IOException {
    return time(stat(Long.toString(pid)), USER, SYSTEM);
  }

  /** Returns the CPU time of this process's children that have ended and were waited for. */
  public static Duration endedChildren() throws IOException {
    return time(stat("self"), CHILDREN_USER, CHILDREN_SYSTEM);
  }

  /** Returns a field of {@code status}, such as {@code VmHWM}, in MB (1,000,000 bytes). */
  public static double megabytes(long pid, String field) throws IOException {
    return megabytes(Files.readString(Path.of("/proc/" + pid + "/status")), field);
  }

  /** Returns how many entries a directory of a process has. */
  static int entries(long pid, String directory) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc/" + pid + "/" + directory))) {
      return (int) entries.count();
    }
  }

  /** Returns a field of a {@code status} file's text in MB; zero if it is not there. */
  static double megabytes(String status, String field) {
    Matcher line =
        Pattern.compile("^" + field + ":\\s*(\\d+) kB$", Pattern.MULTILINE).matcher(status);
    return line.find() ? Long.parseLong(line.group(1)) * 1024 / 1e6 : 0;
  }

  /** Adds two fields of a {@code stat} file's text. */
  static Duration time(String stat, int first, int second) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    long ticks = Long.parseLong(fields[first]) + Long.parseLong(fields[second]);
    return Duration.ofMillis(ticks * 1000 / TICKS_A_SECOND);
  }

  private static String stat(String process) throws IOException {
    return Files.readString(Path.of("/proc/" + process + "/stat"));
  }

  private static long ticksASecond() {
    try {
      Process getconf = new ProcessBuilder("getconf", "CLK_TCK").start();
      String text = new String(getconf.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return Long.parseLong(text.strip().toLowerCase(Locale.ROOT));
    } catch (IOException | NumberFormatException e) {
      return 100; // What every Linux of today answers.
    }
  }
}
