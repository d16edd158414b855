// The Lambda function that handles tasks, in each form that Lambda takes: shared/src/function_name.rs reads the same.
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

import { textLike } from './kinds.ts';

const form = /^(?<arn>arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:|(?:(?<account>\d{12}):)?function:)?(?<resource>[A-Za-z0-9_-]{1,64}(?::(?:\$LATEST|[A-Za-z0-9_-]{1,128}))?)$/;

export const handlerFunction = textLike(form, 'must be a function\'s name, ARN or partial ARN (ACCOUNT:function:NAME), alone or followed by :ALIAS or :VERSION');

/**
 * The ARN that the permission to invoke it names. With an alias or version, AWS compares the ARN that ends with it, and
 * not that of the function: https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
 */
export function functionArn(scope: Construct, name: string): string {
  const { arn, account, resource = '' } = form.exec(name)?.groups ?? {};
  if (arn?.startsWith('arn:') === true) return name;
  return Stack.of(scope).formatArn({
    service: 'lambda', resource: 'function', resourceName: resource, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    ...(account !== undefined && { account }),
  });
}
