# As `sidewal lifecycle print --format terraform --versioned` prints it. Terraform owns all rules of a bucket:
# put your own into this resource. The day of the first rule is the store's, not Sidewal's window: an object
# is tagged only when the window has passed (docs/lifecycle.md).
resource "aws_s3_bucket_lifecycle_configuration" "sidewal" {
  bucket = aws_s3_bucket.sidewal.id

  rule {
    id     = "sidewal-retired"
    status = "Enabled"

    filter {
      and {
        prefix = local.prefix
        tags = {
          sidewal = "retired"
        }
      }
    }

    expiration {
      days = 1
    }
  }

  rule {
    id     = "sidewal-uploads"
    status = "Enabled"

    filter {
      prefix = local.prefix
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "sidewal-noncurrent"
    status = "Enabled"

    filter {
      prefix = local.prefix
    }

    expiration {
      expired_object_delete_marker = true
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }
  }
}
