import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { CreateStateMachineCommand, DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { zipSync } from 'fflate';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SETTINGS } from '../../functions/aws/connect.ts';
import { createLocalAws } from '../../local/aws.ts';
import { createVirtualClock } from '../../local/clock.ts';
import type { CallFault, Delivery, DeliveryFault, ServiceCall } from '../../local/faults.ts';
import { startMs } from './a-ground.ts';

const Role = 'arn:aws:iam::123456789012:role/sample';
const FunctionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:orders-api';

/** A local AWS with one function, in which the next call of an operation meets a fault. */
async function anAws() {
  const next = new Map<string, CallFault>();
  let onDelivery: DeliveryFault | undefined;
  const calls: ServiceCall[] = [];
  const deliveries: Delivery[] = [];
  const answered: string[] = [];
  let invocations = 0;
  const aws = createLocalAws({
    clock: (settle) => createVirtualClock(startMs, settle),
    host: () => ({
      open: () => ({
        async invoke() {
          invocations++;
          return { payload: Buffer.from('{}'), logTail: '' };
        },
        async close() {},
      }),
    }),
    faults: {
      onCall(call) {
        calls.push(call);
        const fault = next.get(call.operation);
        next.delete(call.operation);
        return fault;
      },
      onDelivery(delivery) {
        deliveries.push(delivery);
        return onDelivery;
      },
      onAnswer: ({ operation }) => void answered.push(operation),
    },
  });
  onTestFinished(() => aws.close());
  const config = { ...aws.clientConfig, maxAttempts: 1 };
  const lambda = new LambdaClient(config);
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'orders-api',
      Role,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: zipSync({ 'index.mjs': Buffer.from('') }) },
      Publish: true,
    }),
  );
  const { clock, work } = aws.ground;
  return {
    aws,
    config,
    lambda,
    calls,
    deliveries,
    answered,
    invocations: () => invocations,
    failNext: (operation: string, fault: CallFault) => next.set(operation, fault),
    failDeliveries: (fault: DeliveryFault) => {
      onDelivery = fault;
    },
    seconds: (count: number) => clock.advanceTo(clock.nowMs() + count * 1000),
    settled: () => work.settle(),
    createAlias: () => lambda.send(new CreateAliasCommand({ FunctionName: 'orders-api', Name: 'live', FunctionVersion: '1' })),
    hasAlias: () =>
      lambda.send(new GetAliasCommand({ FunctionName: 'orders-api', Name: 'live' })).then(
        () => true,
        () => false,
      ),
  };
}

describe('a call that goes wrong', () => {
  it.each<[CallFault, object, boolean]>([
    ['throttled', { name: 'TooManyRequestsException', $metadata: expect.objectContaining({ httpStatusCode: 429 }) }, false],
    ['refused', { name: 'ServiceException', $metadata: expect.objectContaining({ httpStatusCode: 500 }) }, false],
    ['hung', { name: 'TimeoutError' }, false],
    ['killed', { name: 'NoReply', kind: 'killed' }, false],
    ['reply-lost', { code: 'ECONNRESET' }, true],
    ['failed-after', { name: 'ServiceException', $metadata: expect.objectContaining({ httpStatusCode: 500 }) }, true],
    ['killed-after', { name: 'NoReply', kind: 'killed' }, true],
  ])('%s: says so, and takes effect or does not', async (fault, error, tookEffect) => {
    const { failNext, createAlias, hasAlias, calls, answered } = await anAws();
    failNext('CreateAlias', fault);
    await expect(createAlias()).rejects.toMatchObject(error);
    expect(await hasAlias()).toBe(tookEffect);
    expect(answered.includes('CreateAlias')).toBe(tookEffect);
    expect(calls).toContainEqual({ caller: 'arn:aws:iam::123456789012:user/administrator', service: 'lambda', operation: 'CreateAlias' });
  });

  it('held: takes effect 4 s later, and its caller waits', async () => {
    const { failNext, createAlias, hasAlias, seconds } = await anAws();
    failNext('CreateAlias', 'held');
    const created = createAlias();
    await seconds(3);
    expect(await hasAlias()).toBe(false);
    await seconds(1);
    await expect(created).resolves.toMatchObject({ FunctionVersion: '1' });
    expect(await hasAlias()).toBe(true);
  });

  it('late: takes effect 20 s later, when its caller has given up', async () => {
    const { failNext, createAlias, hasAlias, seconds } = await anAws();
    failNext('CreateAlias', 'late');
    await expect(createAlias()).rejects.toMatchObject({ name: 'TimeoutError' });
    await seconds(19);
    expect(await hasAlias()).toBe(false);
    await seconds(1);
    expect(await hasAlias()).toBe(true);
  });

  it('is throttled in the words of its service', async () => {
    const { failNext, config } = await anAws();
    failNext('ListTables', 'throttled');
    const listed = new DynamoDBClient(config).send(new ListTablesCommand());
    await expect(listed).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    failNext('PutEvents', 'throttled');
    const put = new EventBridgeClient(config).send(new PutEventsCommand({ Entries: [{ Source: 'a', DetailType: 'b', Detail: '{}' }] }));
    await expect(put).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('goes wrong over sockets too', async () => {
    const { aws, config, failNext } = await anAws();
    const { endpoint } = await aws.listen(0);
    const { requestHandler: _, ...rest } = config;
    // As Teal's functions have it, but for the time.
    const client = new DynamoDBClient({ ...rest, endpoint, requestHandler: { ...SETTINGS.requestHandler, requestTimeout: 200 } });
    onTestFinished(() => client.destroy());
    failNext('ListTables', 'reply-lost');
    await expect(client.send(new ListTablesCommand())).rejects.toMatchObject({ code: 'ECONNRESET' });
    failNext('ListTables', 'hung');
    await expect(client.send(new ListTablesCommand())).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(client.send(new ListTablesCommand())).resolves.toMatchObject({ TableNames: [] });
  });

  it.each<[CallFault, string, number]>([
    ['throttled', 'Lambda.TooManyRequestsException', 0],
    ['refused', 'Lambda.ServiceException', 0],
    ['hung', 'Lambda.SdkClientException', 0],
    ['killed', 'Runtime.ExitError', 0],
    ['killed-after', 'Runtime.ExitError', 1],
    ['reply-lost', 'Lambda.SdkClientException', 1],
  ])('%s: a state machine that invokes a function sees %s', async (fault, error, invoked) => {
    const { config, failNext, settled, invocations, calls } = await anAws();
    const sfn = new SFNClient(config);
    const definition = {
      StartAt: 'Call',
      States: { Call: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: FunctionArn }, End: true } },
    };
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({ name: 'machine', roleArn: Role, definition: JSON.stringify(definition) }),
    );
    failNext('Invoke', fault);
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    await settled();
    expect(await sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ status: 'FAILED', error });
    expect(invocations()).toBe(invoked);
    expect(calls).toContainEqual({ caller: 'states', service: 'lambda', operation: 'Invoke', invoked: 'orders-api' });
  });
});

describe('a delivery that goes wrong', () => {
  it.each<[string, DeliveryFault, number, number]>([
    ['dropped', 'dropped', 0, 0],
    ['duplicated', 'duplicated', 2, 2],
    ['delayed', { delayedMs: 90_000 }, 0, 1],
  ])('%s: an event, and an asynchronous request', async (_, fault, atOnce, later) => {
    const { config, lambda, failDeliveries, seconds, settled, invocations, deliveries } = await anAws();
    const events = new EventBridgeClient(config);
    await events.send(new PutRuleCommand({ Name: 'all', EventPattern: JSON.stringify({ source: ['sample'] }) }));
    await events.send(new PutTargetsCommand({ Rule: 'all', Targets: [{ Id: 'one', Arn: FunctionArn }] }));
    const permission = { StatementId: 'all', Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' };
    await lambda.send(new AddPermissionCommand({ FunctionName: 'orders-api', ...permission }));
    failDeliveries(fault);
    await events.send(new PutEventsCommand({ Entries: [{ Source: 'sample', DetailType: 'Something', Detail: '{}' }] }));
    await lambda.send(new InvokeCommand({ FunctionName: 'orders-api', InvocationType: 'Event' }));
    await settled();
    expect(invocations()).toBe(2 * atOnce);
    await seconds(90);
    expect(invocations()).toBe(2 * later);
    expect(deliveries).toEqual([
      { from: 'events', what: 'Something', target: FunctionArn },
      { from: 'lambda', what: 'asynchronous request', target: 'orders-api' },
    ]);
  });
});
