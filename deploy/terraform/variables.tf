variable "bucket" {
  description = "The name of the bucket to make."
  type        = string
}

variable "replica_prefix" {
  description = "The prefix of the replica without slashes at its ends: app for s3://bucket/app; empty for the whole bucket."
  type        = string
  default     = "app"

  validation {
    # Others would have to be escaped in the policies, where * and ? are wildcards.
    condition     = can(regex("^([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?$", var.replica_prefix))
    error_message = "Use letters, digits, dots, hyphens, underscores and inner slashes only."
  }
}

variable "kms_key_arn" {
  description = "The KMS key to encrypt with; null for S3's own keys (SSE-S3)."
  type        = string
  default     = null
}

variable "oidc_provider_arn" {
  description = "The cluster's OIDC provider for IAM roles of service accounts; null for no roles."
  type        = string
  default     = null
}

variable "namespace" {
  description = "The namespace of the service accounts."
  type        = string
  default     = "default"
}

variable "agent_service_account" {
  description = "The service account of the pods with an agent."
  type        = string
  default     = "app"
}

variable "restore_service_account" {
  description = "The service account of what only reads: restore drills."
  type        = string
  default     = "sidewal-verify"
}
