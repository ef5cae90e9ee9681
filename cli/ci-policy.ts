import { connect, givenApi, type Place } from './connect.ts';
import { EXIT, Failure } from './failure.ts';
import type { Machine } from './machine.ts';

/** What `teal release`, `watch`, `list`, `show`, `status` and `doctor` call. */
const ROUTES = ['POST/releases', 'POST/dry-runs', 'GET/releases', 'GET/releases/*', 'GET/functions/*'];
const COMMANDS = ['promote', 'advance', 'abort'].map((name) => `POST/releases/*/${name}`);

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
  // Docs of API Gateway, "Control access for invoking an API": <api>/<stage>/<method>/<path>.
  const route = (methodAndPath: string) => arn('execute-api', `${apiId}/$default/${methodAndPath}`);
  const allow = (sid: string, actions: string | string[], resource: string | string[]) => ({
    Sid: sid,
    Effect: 'Allow',
    Action: actions,
    Resource: resource,
  });
  const policy = {
    Version: '2012-10-17',
    Statement: [
      allow('CallTeal', 'execute-api:Invoke', ROUTES.map(route)),
      allow('CommandReleases', 'execute-api:Invoke', COMMANDS.map(route)),
      // Who says where the API is needs no stack.
      ...(givenApi(machine, options)
        ? []
        : [allow('FindTeal', 'cloudformation:DescribeStacks', arn('cloudformation', `stack/${options.tealStack}/*`))]),
      // Neither action knows resources.
      allow('OptionalNumbersAndNames', ['cloudwatch:GetMetricData', 'lambda:ListFunctions'], '*'),
    ],
  };
  machine.warn(
    'Statement CommandReleases lets the pipeline promote, advance and abort every release: leave it out where people alone do that',
  );
  machine.write(`${JSON.stringify(policy, null, 2)}\n`);
}
