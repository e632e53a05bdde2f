package dev.sidewal.doctor;

import dev.sidewal.store.ReplicaUrl;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** A directory that holds a replica, or is going to. */
record DirectoryExamination(ReplicaUrl.Directory url, Subject subject, boolean writes, Clock clock)
    implements Examination {

  private static final String NAME = ".sidewal-doctor-";

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    Path directory = url.path();
    // The agent makes the directory, and not its parent.
    Path there = Files.isDirectory(directory) ? directory : directory.getParent();
    if (there == null || !Files.isDirectory(there)) {
      findings.add(
          new Finding(
              StoreKind.REPLICA_DIRECTORY_MISSING,
              "Neither " + directory + " nor its parent is there."));
      return findings;
    }
    try {
      FileStore store = Files.getFileStore(there);
      disk(store, there, findings);
      writable(there, findings);
    } catch (IOException e) {
      findings.add(new Finding(StoreKind.REPLICA_DIRECTORY_UNWRITABLE, there + ": " + e));
    }
    if (findings.isEmpty()) {
      findings.add(new Finding(StoreKind.REPLICA_DIRECTORY_FINE, there + " takes files."));
    }
    if (Files.isDirectory(directory)) {
      findings.addAll(new HistoryExamination(url, clock).examine());
    } else {
      findings.add(new Finding(StoreKind.HISTORY_NONE, directory + " is not there yet."));
    }
    return findings;
  }

  private void disk(FileStore store, Path there, List<Finding> findings) throws IOException {
    if (subject.exists() && store.equals(Files.getFileStore(subject.real()))) {
      findings.add(
          new Finding(
              StoreKind.REPLICA_SAME_DISK,
              there + " and " + subject.real() + " are on " + store.name() + "."));
    }
    long needed = Subject.length(subject.real());
    if (store.getUsableSpace() < needed) {
      findings.add(
          new Finding(
              StoreKind.REPLICA_LITTLE_ROOM,
              Figures.bytes(store.getUsableSpace())
                  + " are free at "
                  + there
                  + "; the database has "
                  + Figures.bytes(needed)
                  + "."));
    }
    if (FileSystemExamination.of(store.type())
        .filter(kind -> kind == MachineKind.NETWORK_FILE_SYSTEM)
        .isPresent()) {
      findings.add(
          new Finding(
              StoreKind.REPLICA_NETWORK_DIRECTORY,
              there + " is on " + store.name() + " (" + store.type() + ")."));
    }
  }

  private void writable(Path there, List<Finding> findings) {
    if (!writes) {
      findings.add(new Finding(StoreKind.PERMISSIONS_NOT_TRIED, "Not tried: writing to " + there));
      return;
    }
    try {
      Path probe = Files.createTempFile(there, NAME, "");
      try {
        Files.write(probe, new byte[1024]);
      } finally {
        Files.delete(probe);
      }
    } catch (IOException e) {
      findings.add(new Finding(StoreKind.REPLICA_DIRECTORY_UNWRITABLE, "Writing failed: " + e));
    }
  }
}
