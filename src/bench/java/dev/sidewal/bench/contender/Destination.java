package dev.sidewal.bench.contender;

import dev.sidewal.testing.S3Server;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a replica goes.
 *
 * @param directory where its objects can be seen; for S3, where the server keeps them
 * @param s3 the server, if it is reached by S3
 * @param prefix its place in the server's bucket
 */
public record Destination(Path directory, Optional<S3Server> s3, String prefix) {

  /** A replica in a directory. */
  public static Destination directory(Path directory) {
    return new Destination(directory.toAbsolutePath(), Optional.empty(), "");
  }

  /** A replica in the bucket of a server that keeps its objects as files below a directory. */
  public static Destination s3(S3Server server, Path root, String prefix) {
    return new Destination(
        root.resolve(server.bucket()).resolve(prefix), Optional.of(server), prefix);
  }
}
