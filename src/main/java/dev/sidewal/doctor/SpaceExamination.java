package dev.sidewal.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Room on the disks of the database and of the state directory. */
record SpaceExamination(Subject subject, Path stateDirectory) implements Examination {

  private static final long NO_ROOM = 16L << 20;
  private static final double FEW_INODES = 0.01;
  private static final long FEWEST_INODES = 1000;

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    if (!subject.exists()) {
      return findings;
    }
    long log = Subject.length(subject.log());
    long needed = Subject.length(subject.real()) + log;
    try {
      for (Map.Entry<FileStore, Path> place : places().entrySet()) {
        FileStore store = place.getKey();
        long free = store.getUsableSpace();
        String text =
            Figures.bytes(free)
                + " of "
                + Figures.bytes(store.getTotalSpace())
                + " are free at "
                + place.getValue()
                + "; database and log take "
                + Figures.bytes(needed)
                + ".";
        findings.add(
            new Finding(
                free < NO_ROOM
                    ? MachineKind.NO_ROOM
                    : free < needed ? MachineKind.LITTLE_ROOM : MachineKind.ROOM_ENOUGH,
                text));
        inodes(place.getValue(), findings);
      }
    } catch (IOException e) {
      return findings;
    }
    return findings;
  }

  private Map<FileStore, Path> places() throws IOException {
    Map<FileStore, Path> places = new LinkedHashMap<>();
    places.put(Files.getFileStore(subject.directory()), subject.directory());
    Path state = stateDirectory;
    while (state != null && !Files.isDirectory(state)) {
      state = state.getParent();
    }
    if (state != null) {
      places.putIfAbsent(Files.getFileStore(state), state);
    }
    return places;
  }

  /** Java does not know of inodes; stat does, where it is there. */
  private static void inodes(Path place, List<Finding> findings) {
    try {
      Process stat =
          new ProcessBuilder("stat", "-f", "-c", "%d %c", place.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      stat.getOutputStream().close();
      if (!stat.waitFor(5, TimeUnit.SECONDS)) {
        stat.destroyForcibly();
        return;
      }
      String[] words =
          new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
              .strip()
              .split(" ", -1);
      if (stat.exitValue() == 0 && words.length == 2) {
        long left = Long.parseLong(words[0]);
        long total = Long.parseLong(words[1]); // 0 where there is no such limit.
        if (total > 0 && (left < total * FEW_INODES && left < FEWEST_INODES)) {
          findings.add(
              new Finding(
                  MachineKind.FEW_INODES,
                  left + " of " + total + " inodes are free at " + place + "."));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return; // No such program here: then it is not told.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
