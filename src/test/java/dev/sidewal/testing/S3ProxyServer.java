package dev.sidewal.testing;

import java.net.URI;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;

/**
 * S3Proxy in this JVM, with its objects in memory or in a directory. It checks signatures (version
 * 4) and decides conditional writes atomically; object tags and lifecycle rules it refuses with
 * 501.
 */
public final class S3ProxyServer implements S3Server {

  private final S3Proxy proxy;

  private S3ProxyServer(S3Proxy proxy) {
    this.proxy = proxy;
  }

  /** Starts a server with an empty bucket in memory. */
  public static S3ProxyServer start() {
    return start(new TransientNio2BlobStore());
  }

  /** Starts a server with an empty bucket in a directory, for what memory is too small for. */
  public static S3ProxyServer start(Path directory) {
    return start(new FilesystemNio2BlobStore(directory.toString()));
  }

  private static S3ProxyServer start(BlobStore blobs) {
    S3Proxy proxy =
        S3Proxy.builder()
            .blobStore(blobs)
            .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY, SECRET_KEY)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .build();
    try {
      proxy.start();
    } catch (Exception e) {
      throw new IllegalStateException("S3Proxy did not start", e);
    }
    S3ProxyServer server = new S3ProxyServer(proxy);
    server.createBucket();
    return server;
  }

  @Override
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + proxy.getPort());
  }

  @Override
  public void close() {
    try {
      proxy.stop();
    } catch (Exception e) {
      throw new IllegalStateException("S3Proxy did not stop", e);
    }
  }
}
