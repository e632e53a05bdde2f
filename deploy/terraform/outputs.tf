output "replica_url" {
  description = "What to give to sidewal replicate and restore."
  value       = var.replica_prefix == "" ? "s3://${var.bucket}" : "s3://${var.bucket}/${var.replica_prefix}"
}

output "agent_role_arn" {
  description = "For the annotation eks.amazonaws.com/role-arn of the pods' service account."
  value       = one(aws_iam_role.agent[*].arn)
}

output "restore_role_arn" {
  description = "For the annotation of what only reads."
  value       = one(aws_iam_role.restore[*].arn)
}
