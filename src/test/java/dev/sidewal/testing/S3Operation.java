package dev.sidewal.testing;

/** What an HTTP request asks of an S3 server (path-style URLs). */
public enum S3Operation {
  /** ListObjectsV2. */
  LIST,
  /** GetObject. */
  GET,
  /** HeadObject. */
  HEAD,
  /** PutObject. */
  PUT,
  /** CreateMultipartUpload. */
  CREATE_UPLOAD,
  /** UploadPart. */
  UPLOAD_PART,
  /** CompleteMultipartUpload. */
  COMPLETE_UPLOAD,
  /** AbortMultipartUpload. */
  ABORT_UPLOAD,
  /** DeleteObject. */
  DELETE,
  /** PutObjectTagging. */
  PUT_TAGS,
  /** GetObjectTagging. */
  GET_TAGS,
  /** Anything else. */
  OTHER;

  /** Tells the operation from a method and a request target, query included. */
  public static S3Operation of(String method, String target) {
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    String query = mark < 0 ? "" : "&" + target.substring(mark + 1);
    boolean upload = query.contains("&uploadId=");
    boolean tags = query.contains("&tagging");
    boolean object = path.indexOf('/', 1) > 0 && path.indexOf('/', 1) < path.length() - 1;
    return switch (method) {
      case "GET" -> query.contains("&list-type=2") ? LIST : !object ? OTHER : tags ? GET_TAGS : GET;
      case "HEAD" -> object ? HEAD : OTHER;
      case "PUT" -> upload ? UPLOAD_PART : !object ? OTHER : tags ? PUT_TAGS : PUT;
      case "POST" -> upload ? COMPLETE_UPLOAD : query.contains("&uploads") ? CREATE_UPLOAD : OTHER;
      case "DELETE" -> upload ? ABORT_UPLOAD : object && !tags ? DELETE : OTHER;
      default -> OTHER;
    };
  }
}
