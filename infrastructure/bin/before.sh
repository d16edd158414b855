#!/usr/bin/env bash
# What a pipeline ran before a deployment. `before.sh keep NAME FOLDER` (NAME is PIPELINE-ENVIRONMENT, such as taskline-dev)
# keeps the templates of its two stacks of functions; `before.sh restore NAME FOLDER` deploys those again, with the roles that
# `cdk bootstrap` made. A template names its function's code in the bootstrap bucket, where it stays: nothing is built.
#
# The shared stack is not brought back. It holds the line and the records, and only ever gains: what runs before or after
# an upgrade works with either.
set -euo pipefail

verb=$1 name=$2 folder=$3
# As `cdk bootstrap` names its roles, unless another qualifier is set.
qualifier=${CDK_QUALIFIER:-hnb659fds}

# The processing stack reads what the API's stack exports, so it goes back first.
stacks=("$name-processing" "$name-api")

keep() {
  mkdir -p "$folder"
  for stack in "${stacks[@]}"; do
    if aws cloudformation describe-stacks --stack-name "$stack" > /dev/null 2> "$folder/error"; then
      # On one line: CloudFormation takes at most 51,200 bytes of template.
      aws cloudformation get-template --stack-name "$stack" --query TemplateBody | jq --compact-output . > "$folder/$stack.json"
    elif grep -q 'does not exist' "$folder/error"; then
      echo "$stack is not there yet: there is nothing to go back to."
    else
      cat "$folder/error" >&2
      exit 1
    fi
  done
}

restore() {
  local account region roles
  account=$(aws sts get-caller-identity --query Account --output text)
  region=${AWS_REGION:?}
  roles="arn:aws:iam::$account:role/cdk-$qualifier"
  # Nobody but the CDK's own role may deploy.
  AWS_CONFIG_FILE=$(mktemp)
  export AWS_CONFIG_FILE
  aws configure set profile.deploy.role_arn "$roles-deploy-role-$account-$region"
  aws configure set profile.deploy.credential_source Environment
  for stack in "${stacks[@]}"; do
    if [ ! -f "$folder/$stack.json" ]; then
      echo "$stack was not there before: it stays as it is."
      continue
    fi
    aws cloudformation deploy --profile deploy --stack-name "$stack" --template-file "$folder/$stack.json" \
      --role-arn "$roles-cfn-exec-role-$account-$region" --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset
  done
}

case $verb in
  keep | restore) "$verb" ;;
  *) echo "before.sh keep|restore NAME FOLDER" >&2 && exit 2 ;;
esac
