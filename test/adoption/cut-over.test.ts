import { ApiGatewayV2Client, UpdateIntegrationCommand } from '@aws-sdk/client-apigatewayv2';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import { createWorld, type World } from '../world.ts';
import { adopt, readCommand } from './a-report.ts';

/** Does what a reported command says, as the AWS CLI would. */
async function paste(world: World, command: string): Promise<void> {
  const { operation, options } = readCommand(command);
  const number = (name: string) => (options[name] === undefined ? undefined : Number(options[name]));
  const commands: Record<string, () => Promise<unknown>> = {
    'apigatewayv2 update-integration': () =>
      new ApiGatewayV2Client(world.aws.clientConfig).send(
        new UpdateIntegrationCommand({
          ApiId: options['api-id'],
          IntegrationId: options['integration-id'],
          IntegrationUri: options['integration-uri'],
        }),
      ),
    'events put-targets': () =>
      new EventBridgeClient(world.aws.clientConfig).send(
        new PutTargetsCommand({ Rule: options.rule, Targets: JSON.parse(options.targets!) }),
      ),
    'lambda put-function-event-invoke-config': () =>
      world.lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: options['function-name'],
          Qualifier: options.qualifier,
          MaximumRetryAttempts: number('maximum-retry-attempts'),
          MaximumEventAgeInSeconds: number('maximum-event-age-in-seconds'),
        }),
      ),
  };
  await commands[operation]!();
}

it('a function behind an HTTP API and a rule is adopted, moved to its alias and released, and no request fails', async () => {
  /** A client that sends a request after every call that anybody makes to AWS: whatever is half done then meets one. */
  const served: Record<string, number> = {};
  const failures: unknown[] = [];
  let apiId = '';
  const request = async () => {
    if (apiId === '') return;
    const answer = await world.aws.httpApi.handle({
      method: 'GET',
      path: `/execute-api/${apiId}/orders`,
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.alloc(0),
    });
    if (answer.status !== 200) failures.push(answer);
  };
  const world = await createWorld({ faults: { onAnswer: request } });
  const events = new EventBridgeClient(world.aws.clientConfig);
  /** What rules brought, with the version that got it. */
  const jobs: string[] = [];
  for (const code of ['blue', 'good']) {
    world.behaviours[code] = (event, { version }) => {
      const { requestContext, job } = event as { requestContext?: unknown; job?: string };
      if (requestContext) served[version] = (served[version] ?? 0) + 1;
      else jobs.push(`${job} by ${version}`);
      return { statusCode: 200 };
    };
  }

  const functionArn = await world.aBareFunction('orders-api');
  await world.lambda.send(
    new PutFunctionEventInvokeConfigCommand({ FunctionName: 'orders-api', MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 600 }),
  );
  const api = world.aws.httpApi.create({
    name: 'shop',
    routes: [{ routeKey: 'GET /orders', functionArn, authorization: 'NONE' }],
  });
  await world.allowBare('orders-api', 'http', {
    Principal: 'apigateway.amazonaws.com',
    SourceArn: `arn:aws:execute-api:eu-west-1:123456789012:${api.apiId}/*`,
  });
  const { RuleArn } = await events.send(new PutRuleCommand({ Name: 'nightly', EventPattern: '{"source":["shop"]}' }));
  const target = { Id: 'orders', Arn: functionArn, InputPath: '$.detail', RetryPolicy: { MaximumRetryAttempts: 3 } };
  await events.send(new PutTargetsCommand({ Rule: 'nightly', Targets: [target] }));
  await world.allowBare('orders-api', 'rule', { Principal: 'events.amazonaws.com', SourceArn: RuleArn });
  const publish = async (job: string) => {
    await events.send(
      new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'Job', Detail: JSON.stringify({ job: `it's ${job}` }) }] }),
    );
    await world.settled();
  };
  ({ apiId } = api);
  await publish('first');

  const [report] = await adopt(world, 'orders-api');
  expect(report).toMatchObject({
    aliasCreated: true,
    version: '1',
    ready: true,
    notes: [],
    permissions: { copied: ['http', 'rule'], ofFunction: 2 },
  });
  expect(report!.callers!.map(({ kind }) => kind)).toEqual(['api-integration', 'event-rule']);
  expect(Object.keys(served)).toEqual(['$LATEST']);

  const commands = [report!.asynchronousSettings!, ...report!.callers!.map(({ change }) => change)].flatMap((change) => change.commands);
  for (const command of commands) {
    await paste(world, command);
    await publish('meanwhile');
    // Each call tells what is left.
    expect((await adopt(world, 'orders-api'))[0]).toMatchObject({ aliasCreated: false, version: '1', permissions: { copied: [] } });
  }
  expect((await adopt(world, 'orders-api'))[0]).toMatchObject({ callers: [], notes: [] });
  expect((await adopt(world, 'orders-api'))[0]).not.toHaveProperty('asynchronousSettings');
  const bareRequests = served.$LATEST;

  await world.deployCode('orders-api', 'good');
  expect(await world.runRelease({ targets: ['orders-api'], plan: '50% 2m, 100% 2m' })).toMatchObject({ status: 'promoted' });
  await publish('last');
  await request();

  expect(failures).toEqual([]);
  expect(served.$LATEST).toBe(bareRequests);
  expect(served['1']).toBeGreaterThan(10);
  expect(served['2']).toBeGreaterThan(10);
  expect(jobs).toEqual([
    "it's first by $LATEST",
    "it's meanwhile by $LATEST",
    "it's meanwhile by $LATEST",
    "it's meanwhile by 1",
    "it's last by 2",
  ]);
});
