package dev.sidewal.store;

import dev.sidewal.error.UsageException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Parses {@link ReplicaUrl}s. Written by hand rather than with {@link URI}, so that every mistake
 * gets a sentence of its own, a space in a prefix is no mistake, and a secret that was put into the
 * URL by error is not repeated in the message: what stands before an {@code @}, and the query, are
 * never shown.
 */
final class ReplicaUrlParser {

  private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,253}");
  private static final Pattern REGION = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final String UNRESERVED = "-._~/!$'()*,;:=+&";

  private final String text;

  private ReplicaUrlParser(String text) {
    this.text = text;
  }

  static ReplicaUrl parse(String text) {
    return new ReplicaUrlParser(text).parse();
  }

  static ReplicaUrl.ObjectUrl parseObject(String text) {
    return new ReplicaUrlParser(text).parseObject();
  }

  static boolean defaultPathStyle(Optional<URI> endpoint) {
    return endpoint
        .map(URI::getHost)
        .map(
            host ->
                host.startsWith("[")
                    || IPV4.matcher(host).matches()
                    || !host.contains(".")
                    // RFC 6761: everything below localhost is this machine, but has no DNS.
                    || host.endsWith(".localhost"))
        .orElse(false);
  }

  /** Escapes what cannot stand in a path as it is; {@link #decode} is its inverse. */
  static String encode(String path) {
    StringBuilder out = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c < 0x80 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0)) {
        out.append(c);
      } else {
        out.append(String.format(Locale.ROOT, "%%%02X", (int) c));
      }
    }
    return out.toString();
  }

  private ReplicaUrl parse() {
    if (text.indexOf('#') >= 0) {
      throw bad("has a fragment", "write a '#' that belongs to the name as %23");
    }
    if (text.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
      throw bad("holds control characters", "remove them");
    }
    int colon = text.indexOf(':');
    String scheme = colon < 0 ? "" : text.substring(0, colon);
    return switch (scheme) {
      case "s3" -> s3(text.substring(colon + 1));
      case "file" -> directory(text.substring(colon + 1));
      default ->
          throw bad(
              scheme.isEmpty() ? "has no scheme" : "has an unknown scheme",
              "write s3://bucket/prefix or file:///directory");
    };
  }

  private ReplicaUrl.ObjectUrl parseObject() {
    ReplicaUrl url = parse();
    String path = url instanceof ReplicaUrl.S3 s3 ? s3.prefix() : directoryOf(url).toString();
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (!Keys.isValid(name)) {
      throw bad("does not name an object", "write the object's full name after the last slash");
    }
    if (url instanceof ReplicaUrl.S3 s3) {
      String parent = path.substring(0, Math.max(0, path.lastIndexOf('/')));
      ReplicaUrl place =
          new ReplicaUrl.S3(s3.bucket(), parent, s3.endpoint(), s3.region(), s3.pathStyle());
      return new ReplicaUrl.ObjectUrl(place, name);
    }
    Path parent = Optional.ofNullable(directoryOf(url).getParent()).orElse(Path.of("/"));
    return new ReplicaUrl.ObjectUrl(new ReplicaUrl.Directory(parent), name);
  }

  private static Path directoryOf(ReplicaUrl url) {
    return ((ReplicaUrl.Directory) url).path();
  }

  private ReplicaUrl s3(String rest) {
    if (!rest.startsWith("//")) {
      throw bad("has no bucket", "write s3://bucket/prefix");
    }
    int question = rest.indexOf('?');
    String place = rest.substring(2, question < 0 ? rest.length() : question);
    int slash = place.indexOf('/');
    String bucket = slash < 0 ? place : place.substring(0, slash);
    if (bucket.isEmpty()) {
      throw bad("has no bucket", "write s3://bucket/prefix");
    }
    if (bucket.indexOf('@') >= 0) {
      throw bad(
          "holds a user name or key",
          "give credentials by the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or by a"
              + " profile");
    }
    if (bucket.indexOf(':') >= 0) {
      throw bad("has a port after the bucket", "name the store by ?endpoint=http://host:port");
    }
    if (!BUCKET.matcher(bucket).matches()) {
      throw bad(
          "has a bucket name that S3 does not allow",
          "use 3 to 63 lower-case letters, digits, dots and hyphens");
    }
    String prefix = prefix(slash < 0 ? "" : decode(place.substring(slash + 1)));
    Map<String, String> query = query(question < 0 ? "" : rest.substring(question + 1));
    Optional<URI> endpoint = Optional.ofNullable(query.get("endpoint")).map(this::endpoint);
    Optional<String> region = Optional.ofNullable(query.get("region"));
    if (region.isPresent() && !REGION.matcher(region.get()).matches()) {
      throw bad("has a malformed region", "write for instance region=eu-central-1");
    }
    boolean pathStyle = defaultPathStyle(endpoint);
    if (query.containsKey("path-style")) {
      pathStyle =
          switch (query.get("path-style")) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw bad(
                    "has a path-style that is neither true nor false", "write path-style=true");
          };
    }
    return new ReplicaUrl.S3(bucket, prefix, endpoint, region, pathStyle);
  }

  private String prefix(String path) {
    String trimmed = path;
    while (trimmed.endsWith("/")) {
      trimmed = trimmed.substring(0, trimmed.length() - 1);
    }
    if (trimmed.isEmpty()) {
      return "";
    }
    for (String segment : trimmed.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw bad(
            "has an empty, '.' or '..' segment in its prefix", "write s3://bucket/plain/prefix");
      }
    }
    if (trimmed.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
      throw bad("holds control characters", "remove them");
    }
    return trimmed;
  }

  private Map<String, String> query(String query) {
    Map<String, String> values = new HashMap<>();
    List<String> pairs = query.isEmpty() ? List.of() : List.of(query.split("&", -1));
    for (String pair : pairs) {
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
      if (!List.of("endpoint", "region", "path-style").contains(name)) {
        throw bad(
            "has an unknown parameter '" + name + "'",
            "only endpoint, region and path-style are known");
      }
      if (value.isEmpty()) {
        throw bad("gives no value for '" + name + "'", "write " + name + "=value or leave it out");
      }
      if (values.put(name, value) != null) {
        throw bad("gives '" + name + "' twice", "give it once");
      }
    }
    return values;
  }

  private URI endpoint(String value) {
    String mend = "write endpoint=https://host or endpoint=http://host:port";
    URI uri;
    try {
      uri = new URI(value);
    } catch (URISyntaxException e) {
      throw bad("has a malformed endpoint", mend);
    }
    if (uri.getRawUserInfo() != null || value.indexOf('@') >= 0) {
      throw bad("has credentials in its endpoint", "give them by the environment or a profile");
    }
    boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!http || uri.getHost() == null) {
      throw bad("has an endpoint that is no http or https URL with a host", mend);
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null || uri.getPort() > 65535) {
      throw bad("has a malformed endpoint", mend);
    }
    return value.endsWith("/") ? URI.create(value.substring(0, value.length() - 1)) : uri;
  }

  private ReplicaUrl directory(String rest) {
    if (rest.indexOf('?') >= 0) {
      throw bad("has a query, and a directory takes none", "remove what follows the '?'");
    }
    String path = rest;
    if (rest.startsWith("//")) {
      int slash = rest.indexOf('/', 2);
      String host = rest.substring(2, slash < 0 ? rest.length() : slash);
      if (!host.isEmpty() && !host.equals("localhost")) {
        throw bad(
            "names a host, and only local directories can be used",
            "write file:///absolute/dir, or file:relative/dir without slashes in front");
      }
      path = slash < 0 ? "" : rest.substring(slash);
    }
    if (path.isEmpty()) {
      throw bad("names no directory", "write file:///absolute/dir or file:relative/dir");
    }
    try {
      return new ReplicaUrl.Directory(Path.of(decode(path)));
    } catch (InvalidPathException e) {
      throw bad("is no path on this system", "write file:///absolute/dir");
    }
  }

  private String decode(String escaped) {
    if (escaped.indexOf('%') < 0) {
      return escaped;
    }
    byte[] raw = escaped.getBytes(StandardCharsets.UTF_8);
    List<Byte> bytes = new ArrayList<>(raw.length);
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] != '%') {
        bytes.add(raw[i]);
        continue;
      }
      int high = i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
      int low = i + 2 < raw.length ? Character.digit(raw[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw bad("has a '%' that is not followed by two hex digits", "write a '%' as %25");
      }
      bytes.add((byte) (high << 4 | low));
      i += 2;
    }
    byte[] packed = new byte[bytes.size()];
    for (int i = 0; i < packed.length; i++) {
      packed[i] = bytes.get(i);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(packed)).toString();
    } catch (CharacterCodingException e) {
      throw bad("has %-escapes that are no UTF-8", "escape the bytes of the UTF-8 encoding");
    }
  }

  private UsageException bad(String what, String mend) {
    int question = text.indexOf('?');
    String shown = question < 0 ? text : text.substring(0, question);
    int at = shown.lastIndexOf('@');
    if (at >= 0) {
      shown = shown.substring(0, shown.indexOf(':') + 1) + "//…" + shown.substring(at);
    }
    shown = shown.replaceAll("\\p{Cntrl}", "?");
    return new UsageException("The replica URL '" + shown + "' " + what + ": " + mend + ".");
  }
}
