# The policies are those of `sidewal lifecycle print --format iam`: the agent may not delete.

locals {
  policy = {
    for name in ["agent", "restore", "prune"] : name => templatefile("${path.module}/policies/${name}.json.tftpl", {
      bucket = aws_s3_bucket.sidewal.id
      prefix = local.prefix
    })
  }

  # https://oidc.eks.eu-central-1.amazonaws.com/id/ABC without its scheme, out of the provider's ARN.
  oidc = var.oidc_provider_arn == null ? "" : replace(var.oidc_provider_arn, "/^.*oidc-provider\\//", "")
}

resource "aws_iam_policy" "agent" {
  name   = "${var.bucket}-sidewal-agent"
  policy = local.policy.agent
}

resource "aws_iam_policy" "restore" {
  name   = "${var.bucket}-sidewal-restore"
  policy = local.policy.restore
}

# For a person or a job that runs `sidewal prune --confirm`; it is attached to nobody.
resource "aws_iam_policy" "prune" {
  name   = "${var.bucket}-sidewal-prune"
  policy = local.policy.prune
}

data "aws_iam_policy_document" "trust" {
  for_each = var.oidc_provider_arn == null ? {} : {
    agent   = var.agent_service_account
    restore = var.restore_service_account
  }

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.oidc}:sub"
      values   = ["system:serviceaccount:${var.namespace}:${each.value}"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.oidc}:aud"
      values   = ["sts.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "agent" {
  count              = var.oidc_provider_arn == null ? 0 : 1
  name               = "${var.bucket}-sidewal-agent"
  assume_role_policy = data.aws_iam_policy_document.trust["agent"].json
}

resource "aws_iam_role" "restore" {
  count              = var.oidc_provider_arn == null ? 0 : 1
  name               = "${var.bucket}-sidewal-restore"
  assume_role_policy = data.aws_iam_policy_document.trust["restore"].json
}

# The restore init container runs in the agent's pod and so under the agent's role, which may read, too.
resource "aws_iam_role_policy_attachment" "agent" {
  count      = var.oidc_provider_arn == null ? 0 : 1
  role       = aws_iam_role.agent[0].name
  policy_arn = aws_iam_policy.agent.arn
}

resource "aws_iam_role_policy_attachment" "restore" {
  count      = var.oidc_provider_arn == null ? 0 : 1
  role       = aws_iam_role.restore[0].name
  policy_arn = aws_iam_policy.restore.arn
}

data "aws_iam_policy_document" "kms" {
  count = var.kms_key_arn == null ? 0 : 1

  statement {
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = [var.kms_key_arn]
  }
}

resource "aws_iam_role_policy" "kms" {
  for_each = var.kms_key_arn == null || var.oidc_provider_arn == null ? {} : {
    agent   = aws_iam_role.agent[0].name
    restore = aws_iam_role.restore[0].name
  }
  name   = "kms"
  role   = each.value
  policy = data.aws_iam_policy_document.kms[0].json
}
