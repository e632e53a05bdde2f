package dev.sidewal.testing;

import java.net.URI;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.localstack.LocalStackContainer;
import org.testcontainers.utility.DockerImageName;

/** LocalStack in a container; only where Docker answers. */
public final class LocalStackServer implements S3Server {

  private final LocalStackContainer container;

  private LocalStackServer(LocalStackContainer container) {
    this.container = container;
  }

  /** Returns whether a Docker daemon answers. */
  public static boolean isAvailable() {
    return DockerClientFactory.instance().isDockerAvailable();
  }

  /** Starts a server with an empty bucket; takes many seconds, and may pull the image first. */
  public static LocalStackServer start() {
    LocalStackContainer container =
        new LocalStackContainer(DockerImageName.parse("localstack/localstack:4.14.0"))
            .withServices("s3");
    container.start();
    LocalStackServer server = new LocalStackServer(container);
    server.createBucket();
    return server;
  }

  @Override
  public URI endpoint() {
    return container.getEndpoint();
  }

  @Override
  public void close() {
    container.stop();
  }
}
