package dev.sidewal.store;

/** What Sidewal may need to be allowed on a bucket. */
public enum S3Permission {
  /** Listing the replica. */
  LIST("s3:ListBucket", true, false),
  /** Writing an object. */
  PUT("s3:PutObject", true, true),
  /** Looking at an object and reading it. */
  GET("s3:GetObject", true, false),
  /** Ending an upload in parts that came to nothing. */
  ABORT_UPLOAD("s3:AbortMultipartUpload", true, true),
  /** Putting a tag on an object. */
  PUT_TAGS("s3:PutObjectTagging", true, true),
  /** Reading the tags of an object. */
  GET_TAGS("s3:GetObjectTagging", true, true),
  /** Reading the bucket's rules. */
  READ_RULES("s3:GetLifecycleConfiguration", true, false),
  /** Asking whether the bucket keeps what is deleted. */
  READ_VERSIONING("s3:GetBucketVersioning", true, false),
  /** Deleting an object: for prune, and segments that a pack covers. */
  DELETE("s3:DeleteObject", false, true);

  private final String action;
  private final boolean needed;
  private final boolean writing;

  S3Permission(String action, boolean needed, boolean writing) {
    this.action = action;
    this.needed = needed;
    this.writing = writing;
  }

  /** Returns the name in IAM policies. */
  public String action() {
    return action;
  }

  /** Returns whether the policy of the agent has it. */
  public boolean needed() {
    return needed;
  }

  /** Returns whether trying it takes an object that was written for that. */
  public boolean writing() {
    return writing;
  }
}
