package dev.sidewal.cli;

import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Permissions of a file as octal digits give them.
 *
 * @param permissions who may read, write and execute it
 */
record FileMode(Set<PosixFilePermission> permissions) {

  private static final Pattern OCTAL = Pattern.compile("0?[0-7]{3}");

  /** In the order of the bits, the highest first. */
  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OWNER_READ,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_EXECUTE
  };

  FileMode {
    permissions = Set.copyOf(permissions);
  }

  /** Lets the parser of the command line read it. */
  static final class Converter implements ITypeConverter<FileMode> {
    @Override
    public FileMode convert(String value) {
      if (!OCTAL.matcher(value).matches()) {
        throw new TypeConversionException(
            "'" + value + "' is no mode; give three octal digits, such as 0640");
      }
      int bits = Integer.parseInt(value, 8);
      Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
      for (int i = 0; i < BITS.length; i++) {
        if ((bits & 0400 >> i) != 0) {
          permissions.add(BITS[i]);
        }
      }
      return new FileMode(permissions);
    }
  }
}
