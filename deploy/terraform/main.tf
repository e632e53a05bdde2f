# A bucket for replicas, its lifecycle rules, and roles for the agent and for restoring.
#
# The lifecycle rules and the policies are what `sidewal lifecycle print` prints; a test holds them equal.

terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

locals {
  # Of the replica s3://bucket/app the prefix is "app/"; of a replica that is the whole bucket it is "".
  prefix = var.replica_prefix == "" ? "" : "${var.replica_prefix}/"
}

resource "aws_s3_bucket" "sidewal" {
  bucket = var.bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "sidewal" {
  bucket                  = aws_s3_bucket.sidewal.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "sidewal" {
  bucket = aws_s3_bucket.sidewal.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "sidewal" {
  bucket = aws_s3_bucket.sidewal.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.kms_key_arn
    }
    # One data key for many objects: without it every request of Sidewal is one of KMS, too.
    bucket_key_enabled = var.kms_key_arn != null
  }
}

# Whoever has the agent's credentials can overwrite and mark, but not delete: old versions stay.
resource "aws_s3_bucket_versioning" "sidewal" {
  bucket = aws_s3_bucket.sidewal.id

  versioning_configuration {
    status = "Enabled"
  }
}

data "aws_iam_policy_document" "tls_only" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.sidewal.arn, "${aws_s3_bucket.sidewal.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "sidewal" {
  bucket     = aws_s3_bucket.sidewal.id
  policy     = data.aws_iam_policy_document.tls_only.json
  depends_on = [aws_s3_bucket_public_access_block.sidewal]
}
