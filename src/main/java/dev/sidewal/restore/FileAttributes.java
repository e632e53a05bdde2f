package dev.sidewal.restore;

import dev.sidewal.error.DatabaseException;
import dev.sidewal.error.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Gives a new file its owner and permissions. */
public final class FileAttributes {

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  private FileAttributes() {}

  /** Sets the owner, then the permissions, for changing the owner can take permissions away. */
  public static void apply(
      Path file, Optional<String> owner, Optional<Set<PosixFilePermission>> mode) {
    try {
      if (owner.isPresent()) {
        own(file, owner.get());
      }
      if (mode.isPresent()) {
        Files.setPosixFilePermissions(file, mode.get());
      }
    } catch (UserPrincipalNotFoundException e) {
      throw new UsageException(
          "There is no such user or group here: --owner "
              + owner.orElseThrow()
              + ". Nothing was changed.",
          e);
    } catch (IOException | UnsupportedOperationException e) {
      throw new DatabaseException(
          "Could not set owner or permissions of the new file: "
              + e
              + ". Nothing was changed. Giving a file to another user takes root's rights.",
          e);
    }
  }

  private static void own(Path file, String owner) throws IOException {
    int colon = owner.indexOf(':');
    String user = colon < 0 ? owner : owner.substring(0, colon);
    String group = colon < 0 ? "" : owner.substring(colon + 1);
    UserPrincipalLookupService lookup = file.getFileSystem().getUserPrincipalLookupService();
    if (NUMBER.matcher(user).matches()) {
      Files.setAttribute(file, "unix:uid", Integer.valueOf(user));
    } else if (!user.isEmpty()) {
      Files.setOwner(file, lookup.lookupPrincipalByName(user));
    }
    if (NUMBER.matcher(group).matches()) {
      Files.setAttribute(file, "unix:gid", Integer.valueOf(group));
    } else if (!group.isEmpty()) {
      Files.getFileAttributeView(file, PosixFileAttributeView.class)
          .setGroup(lookup.lookupPrincipalByGroupName(group));
    }
  }
}
