import { connect, givenApi, type Place } from './connect.ts';
import { EXIT, Failure } from './failure.ts';
import type { Machine } from './machine.ts';

/** `teal doctor --ci-policy`: the IAM policy that a pipeline needs to release through this Teal. */
export async function ciPolicy(machine: Machine, options: Place): Promise<void> {
  const teal = await connect(machine, options);
  const { region, url } = teal;
  const [, apiId] = /^https:\/\/([a-z0-9]+)\.execute-api\./.exec(url) ?? [];
  if (!apiId)
    throw new Failure(
      EXIT.usage,
      `${url} does not tell which API it is. Leave out --api and TEAL_API, so that the stack does, or say --api https://<its id>.execute-api.${region}.amazonaws.com`,
    );
  const [, partition, , , accountId] = (await teal.aws.readCaller()).split(':');
  const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  const allow = (sid: string, actions: string | string[], resource: string) => ({
    Sid: sid,
    Effect: 'Allow',
    Action: actions,
    Resource: resource,
  });
  const policy = {
    Version: '2012-10-17',
    Statement: [
      allow('CallTeal', 'execute-api:Invoke', arn('execute-api', `${apiId}/*`)),
      // Who says where the API is needs no stack.
      ...(givenApi(machine, options)
        ? []
        : [allow('FindTeal', 'cloudformation:DescribeStacks', arn('cloudformation', `stack/${options.tealStack}/*`))]),
      // Neither action knows resources.
      allow('OptionalNumbersAndNames', ['cloudwatch:GetMetricData', 'lambda:ListFunctions'], '*'),
    ],
  };
  machine.write(`${JSON.stringify(policy, null, 2)}\n`);
}
