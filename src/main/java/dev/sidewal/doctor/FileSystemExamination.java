package dev.sidewal.doctor;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What the database lies on. */
record FileSystemExamination(Subject subject) implements Examination {

  private static final Set<String> NETWORK =
      Set.of(
          "nfs",
          "nfs4",
          "cifs",
          "smb",
          "smb2",
          "smb3",
          "smbfs",
          "9p",
          "virtiofs",
          "ceph",
          "afs",
          "gfs2",
          "ocfs2",
          "glusterfs",
          "lustre",
          "beegfs",
          "ncpfs",
          "davfs",
          "acfs",
          "gpfs",
          "fuse.sshfs",
          "fuse.s3fs",
          "fuse.glusterfs",
          "fuse.rclone",
          "fuse.gcsfuse",
          "fuse.ceph",
          "fuse.mount-s3",
          "fuse.davfs2",
          "fuse.vmhgfs-fuse",
          "vboxsf",
          "prl_fs");

  private static final Set<String> MEMORY = Set.of("tmpfs", "ramfs");

  @Override
  public List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    if (!Files.isDirectory(subject.directory())) {
      return findings;
    }
    try {
      FileStore store = Files.getFileStore(subject.exists() ? subject.real() : subject.directory());
      String text = subject.directory() + " is on " + store.name() + " (" + store.type() + ").";
      of(store.type()).ifPresent(kind -> findings.add(new Finding(kind, text)));
      if (store.isReadOnly()) {
        findings.add(new Finding(MachineKind.READ_ONLY_FILE_SYSTEM, text));
      }
      if (findings.isEmpty()) {
        findings.add(new Finding(MachineKind.FILE_SYSTEM_LOCAL, text));
      }
    } catch (IOException e) {
      return findings; // What cannot be reached at all is told by the file's own examination.
    }
    return findings;
  }

  /** Returns what a type of file system means for a database; empty for a local disk. */
  static Optional<MachineKind> of(String type) {
    String name = type.toLowerCase(Locale.ROOT);
    if (NETWORK.contains(name)) {
      return Optional.of(MachineKind.NETWORK_FILE_SYSTEM);
    }
    if (MEMORY.contains(name)) {
      return Optional.of(MachineKind.MEMORY_FILE_SYSTEM);
    }
    // fuseblk is NTFS or exFAT on a disk, with a program in between all the same.
    if (name.startsWith("fuse")) {
      return Optional.of(MachineKind.FUSE_FILE_SYSTEM);
    }
    return name.equals("overlay") || name.equals("aufs")
        ? Optional.of(MachineKind.CONTAINER_LAYER)
        : Optional.empty();
  }
}
