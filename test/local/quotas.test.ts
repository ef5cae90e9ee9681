import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateAliasCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect, onTestFinished, test } from 'vitest';
import { createLocalAws } from '../../local/aws.ts';
import { createVirtualClock } from '../../local/clock.ts';
import { createQuotas } from '../../local/quotas/quotas.ts';
import { startMs } from './a-ground.ts';
import { create, fakeHost } from './lambda-world.ts';

/** A local AWS with the quotas of an account. `start` turns them on: what a test needs is made before. */
function anAccount({ work = () => ({}) as object | Promise<object> } = {}) {
  const aws = createLocalAws({ clock: (settle) => createVirtualClock(startMs, settle), host: () => fakeHost(() => work() as never) });
  onTestFinished(() => aws.close());
  const config = { ...aws.clientConfig, maxAttempts: 1 };
  const { clock } = aws.ground;
  const dynamodb = new DynamoDBClient(config);
  return {
    aws,
    clock,
    lambda: new LambdaClient(config),
    cloudwatch: new CloudWatchClient(config),
    sfn: new SFNClient(config),
    events: new EventBridgeClient(config),
    dynamodb,
    async createTable() {
      await dynamodb.send(
        new CreateTableCommand({
          TableName: 'items',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        }),
      );
      await aws.ground.work.settle();
    },
    start() {
      aws.ground.quotas = createQuotas(clock, 'eu-west-1');
      return aws.ground.quotas;
    },
    seconds: (count: number) => clock.advanceTo(clock.nowMs() + count * 1000),
  };
}

/** How many of `count` calls at once get through, and how the first one that does not is refused. */
async function atOnce(count: number, call: () => Promise<unknown>) {
  const results = await Promise.allSettled(Array.from({ length: count }, call));
  const refused = results.find((result) => result.status === 'rejected')?.reason as Error & {
    $metadata: { httpStatusCode: number };
    Reason?: string;
  };
  return {
    through: results.filter(({ status }) => status === 'fulfilled').length,
    refused: refused && { name: refused.name, message: refused.message, status: refused.$metadata.httpStatusCode, reason: refused.Reason },
  };
}

test('quotas are off unless asked for', async () => {
  const { lambda } = anAccount();
  await create(lambda);
  const { through } = await atOnce(40, () => lambda.send(new GetFunctionCommand({ FunctionName: 'orders' })));
  expect(through).toBe(40);
});

test('hasQuotas turns them on; a region whose numbers are not known is refused by name', async () => {
  const options = { clock: createVirtualClock(startMs, async () => {}), host: () => fakeHost(), hasQuotas: true };
  expect(createLocalAws(options).ground.quotas).toBeDefined();
  expect(() => createLocalAws({ ...options, region: 'eu-north-1' })).toThrow('not of eu-north-1');
});

test('Lambda: the control plane takes 15 requests a second, of all operations together', async () => {
  const { lambda, start, seconds } = anAccount();
  await create(lambda);
  await lambda.send(new PublishVersionCommand({ FunctionName: 'orders' }));
  await lambda.send(new CreateAliasCommand({ FunctionName: 'orders', Name: 'live', FunctionVersion: '1' }));
  start();
  const alias = { FunctionName: 'orders', Name: 'live' };
  await atOnce(10, () => lambda.send(new GetAliasCommand(alias)));
  expect(await atOnce(10, () => lambda.send(new UpdateAliasCommand(alias)))).toEqual({
    through: 5,
    refused: { name: 'TooManyRequestsException', message: 'Rate exceeded', status: 429, reason: 'CallerRateLimitExceeded' },
  });
  await seconds(1);
  expect((await atOnce(20, () => lambda.send(new GetAliasCommand(alias)))).through).toBe(15);
  await seconds(1 / 15);
  expect((await atOnce(5, () => lambda.send(new GetAliasCommand(alias)))).through).toBe(1);
});

test('Lambda: GetFunction has 100 a second of its own, and GetPolicy 15', async () => {
  const { lambda, start } = anAccount();
  await create(lambda);
  const quotas = start();
  const getFunction = () => lambda.send(new GetFunctionCommand({ FunctionName: 'orders' }));
  expect(await atOnce(101, getFunction)).toMatchObject({ through: 100, refused: { name: 'TooManyRequestsException' } });
  // There is no policy: those that are let through are refused for that.
  const answers = await Promise.allSettled(Array.from({ length: 16 }, () => lambda.send(new GetPolicyCommand({ FunctionName: 'orders' }))));
  expect(answers.filter((answer) => answer.status === 'rejected' && answer.reason.name === 'ResourceNotFoundException')).toHaveLength(15);
  expect(Object.fromEntries(quotas.refused)).toEqual({ 'lambda GetFunction': 1, 'lambda GetPolicy': 1 });
});

test('Lambda: synchronous requests are ten times the reserved concurrency a second, asynchronous ones any number', async () => {
  const { lambda, start, seconds } = anAccount();
  await create(lambda);
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'orders', ReservedConcurrentExecutions: 2 }));
  start();
  const invoke = (InvocationType: 'Event' | 'RequestResponse') =>
    lambda.send(new InvokeCommand({ FunctionName: 'orders', InvocationType }));
  for (let requests = 0; requests < 20; requests++) await invoke('RequestResponse');
  await expect(invoke('RequestResponse')).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    Reason: 'ReservedFunctionInvocationRateLimitExceeded',
  });
  expect((await atOnce(30, () => invoke('Event'))).through).toBe(30);
  await seconds(0.1);
  await invoke('RequestResponse');
});

test('Lambda: functions without a reservation share the 1,000 of the account that nobody reserved', async () => {
  const answer = Promise.withResolvers<object>();
  const full = Promise.withResolvers<void>();
  let begun = 0;
  const { lambda } = anAccount({
    work() {
      if (++begun === 100) full.resolve();
      return answer.promise;
    },
  });
  await create(lambda);
  await create(lambda, { FunctionName: 'payments' });
  await create(lambda, { FunctionName: 'reserved' });
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'reserved', ReservedConcurrentExecutions: 900 }));
  const running = Array.from({ length: 100 }, (_, index) =>
    lambda.send(new InvokeCommand({ FunctionName: index % 2 ? 'orders' : 'payments' })),
  );
  await full.promise;
  await expect(lambda.send(new InvokeCommand({ FunctionName: 'orders' }))).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    Reason: 'ConcurrentInvocationLimitExceeded',
    $metadata: { httpStatusCode: 429 },
  });
  const reserved = lambda.send(new InvokeCommand({ FunctionName: 'reserved' }));
  answer.resolve({});
  await Promise.all([...running, reserved]);
  await lambda.send(new InvokeCommand({ FunctionName: 'orders' }));
});

test('CloudWatch: DescribeAlarms 9 a second, SetAlarmState 3, PutMetricData 500', async () => {
  const { cloudwatch, start } = anAccount();
  const quotas = start();
  expect(await atOnce(10, () => cloudwatch.send(new DescribeAlarmsCommand({})))).toEqual({
    through: 9,
    refused: { name: 'Throttling', message: 'Rate exceeded', status: 400, reason: undefined },
  });
  await atOnce(4, () => cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'none', StateValue: 'OK', StateReason: 'test' })));
  expect(quotas.refused.get('monitoring SetAlarmState')).toBe(1);
  const put = new PutMetricDataCommand({ Namespace: 'Test', MetricData: [{ MetricName: 'm', Value: 1 }] });
  expect((await atOnce(501, () => cloudwatch.send(put))).through).toBe(500);
});

test('CloudWatch: GetMetricData fetches 180,000 datapoints of the last three hours a second', async () => {
  const { cloudwatch, start, seconds } = anAccount();
  start();
  const metric = { Metric: { Namespace: 'Test', MetricName: 'm' }, Stat: 'Sum', Period: 60 };
  const MetricDataQueries = Array.from({ length: 500 }, (_, index) => ({ Id: `q${index}`, MetricStat: metric }));
  // 180 minutes of 500 metrics.
  const get = () =>
    cloudwatch.send(
      new GetMetricDataCommand({ MetricDataQueries, StartTime: new Date(startMs - 3 * 3_600_000), EndTime: new Date(startMs) }),
    );
  expect(await atOnce(3, get)).toMatchObject({ through: 2, refused: { name: 'Throttling', message: 'Rate exceeded' } });
  await seconds(1);
  expect((await atOnce(1, get)).through).toBe(1);
});

test('CloudWatch: the pages of GetMetricData pay together what the whole would, for the datapoints that are asked for', async () => {
  const { cloudwatch, start } = anAccount();
  const Timestamp = new Date(startMs - 60_000);
  await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Test', MetricData: [{ MetricName: 'm', Value: 1, Timestamp }] }));
  const quotas = start();
  const charged: number[] = [];
  const admit = quotas.admitDatapoints;
  quotas.admitDatapoints = (datapoints, ageMs) => {
    charged.push(datapoints);
    admit(datapoints, ageMs);
  };
  const MetricStat = { Metric: { Namespace: 'Test', MetricName: 'm' }, Stat: 'Sum', Period: 60 };
  const MetricDataQueries = Array.from({ length: 5 }, (_, index) => ({ Id: `q${index}`, MetricStat }));
  for (let NextToken: string | undefined; charged.length === 0 || NextToken; ) {
    const window = { StartTime: new Date(startMs - 3_600_000), EndTime: new Date(startMs) };
    ({ NextToken } = await cloudwatch.send(new GetMetricDataCommand({ MetricDataQueries, ...window, MaxDatapoints: 2, NextToken })));
  }
  expect(charged).toHaveLength(3);
  expect(charged.reduce((total, datapoints) => total + datapoints, 0)).toBe(5 * 60);
});

const WAITING = JSON.stringify({ StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 3600, End: true } } });
const role = 'arn:aws:iam::123456789012:role/release';

test('Step Functions: ListExecutions has a bucket of 200 that 5 a second refill; DescribeExecution 300 and 15', async () => {
  const { sfn, start, seconds } = anAccount();
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: 'm', roleArn: role, definition: WAITING }));
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
  start();
  const list = () => sfn.send(new ListExecutionsCommand({ stateMachineArn }));
  expect(await atOnce(201, list)).toEqual({
    through: 200,
    refused: { name: 'ThrottlingException', message: 'Rate exceeded', status: 400, reason: undefined },
  });
  expect((await atOnce(301, () => sfn.send(new DescribeExecutionCommand({ executionArn })))).through).toBe(300);
  await seconds(2);
  expect((await atOnce(40, list)).through).toBe(10);
  expect((await atOnce(40, () => sfn.send(new DescribeExecutionCommand({ executionArn })))).through).toBe(30);
});

test.each([
  ['states', 'StartExecution', 1300, 300],
  ['states', 'SendTaskSuccess', 3000, 500],
  ['states', 'SendTaskHeartbeat', 3000, 500],
  ['states', 'SendTaskFailure', 3000, 500],
  ['states', 'StopExecution', 1000, 200],
  ['states', 'GetExecutionHistory', 400, 20],
  ['monitoring', 'GetMetricData', 500, 500],
  ['events', 'PutEvents', 10_000, 10_000],
  ['scheduler', 'CreateSchedule', 5000, 5000],
])('%s: %s has a bucket of %i that %i a second refill', (service, operation, burst, perSecond) => {
  let atMs = startMs;
  const quotas = createQuotas({ nowMs: () => atMs }, 'eu-west-1');
  const takeAll = () => {
    for (let taken = 0; ; taken++) {
      try {
        quotas.admitCall({ service, operation });
      } catch {
        return taken;
      }
    }
  };
  expect(takeAll()).toBe(burst);
  atMs += 500;
  expect(takeAll()).toBe(perSecond / 2);
});

test('Step Functions: a state transition beyond 5,000 a second waits, and nothing fails', async () => {
  const { sfn, start, clock, seconds } = anAccount();
  const names = Array.from({ length: 12 }, (_, index) => `S${index}`);
  const States = Object.fromEntries(names.map((name, index) => [name, { Type: 'Pass', Next: names[index + 1] ?? 'Done' }]));
  const definition = JSON.stringify({ StartAt: 'S0', States: { ...States, Done: { Type: 'Succeed' } } });
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: 'm', roleArn: role, definition }));
  start();
  // 13 transitions each: 6,500 in all.
  const started = await Promise.all(Array.from({ length: 500 }, () => sfn.send(new StartExecutionCommand({ stateMachineArn }))));
  await clock.advanceTo(startMs);
  const countRunning = async () => {
    const { executions } = await sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1000 }));
    return executions!.length;
  };
  expect(await countRunning()).toBeGreaterThan(0);
  await seconds(2);
  expect(await countRunning()).toBe(0);
  const last = await sfn.send(new DescribeExecutionCommand({ executionArn: started.at(-1)!.executionArn }));
  expect(last.status).toBe('SUCCEEDED');
  expect(last.stopDate!.getTime()).toBe(startMs + 300);
});

test('Step Functions: an execution input over 256 KiB is refused', async () => {
  const { sfn } = anAccount();
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: 'm', roleArn: role, definition: WAITING }));
  const startWith = (bytes: number) =>
    sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify('x'.repeat(bytes - 2)) }));
  await startWith(262_144);
  await expect(startWith(262_145)).rejects.toMatchObject({ name: 'ValidationException' });
});

test.each([
  ['Pass', { Type: 'Pass', Parameters: { 'one.$': '$', 'other.$': '$' }, End: true }],
  [
    'Task',
    { Type: 'Task', Resource: 'arn:aws:lambda:eu-west-1:123456789012:function:orders', Parameters: { 'a.$': '$', 'b.$': '$' }, End: true },
  ],
])('Step Functions: what a %s state hands on is at most 256 KiB, also without quotas', async (_, state) => {
  const { sfn, lambda, clock } = anAccount();
  await create(lambda);
  const definition = JSON.stringify({ StartAt: 'S', States: { S: state } });
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: 'm', roleArn: role, definition }));
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify('x'.repeat(140_000)) }));
  await clock.advanceTo(startMs);
  expect(await sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'FAILED',
    error: 'States.DataLimitExceeded',
  });
});

test('EventBridge: PutEvents 10,000 a second, all other operations 50 together', async () => {
  const { events, start } = anAccount();
  start();
  expect(await atOnce(51, () => events.send(new ListRulesCommand({})))).toEqual({
    through: 50,
    refused: { name: 'ThrottlingException', message: 'Rate exceeded', status: 400, reason: undefined },
  });
  const put = new PutEventsCommand({ Entries: [{ Source: 'test', DetailType: 'Test', Detail: '{}' }] });
  expect((await atOnce(100, () => events.send(put))).through).toBe(100);
});

test('EventBridge: deliveries beyond 18,750 a second are late, not lost; Scheduler 1,000', () => {
  const quotas = createQuotas({ nowMs: () => startMs }, 'eu-west-1');
  const waits = (from: 'events' | 'scheduler', count: number) => Array.from({ length: count }, () => quotas.deliveryWaitMs(from));
  expect(Math.max(...waits('events', 18_750))).toBe(0);
  expect(waits('events', 18_750).at(-1)).toBe(1000);
  expect(Math.max(...waits('scheduler', 1000))).toBe(0);
  expect(waits('scheduler', 500).at(-1)).toBe(500);
});

test('DynamoDB: an item takes 1,000 write units and 3,000 read units a second', async () => {
  const { dynamodb, createTable, start, seconds } = anAccount();
  await createTable();
  // 100 KiB: 101 write units with its key, and 26 to read it consistently.
  const Item = { pk: { S: 'hot' }, text: { S: 'x'.repeat(102_400) } };
  await dynamodb.send(new PutItemCommand({ TableName: 'items', Item }));
  start();
  const write = (pk: string) =>
    dynamodb.send(
      new UpdateItemCommand({
        TableName: 'items',
        Key: { pk: { S: pk } },
        UpdateExpression: 'SET n = :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
  let writes = 0;
  const refused = await (async () => {
    for (; writes < 20; writes++) await write('hot');
  })().catch((error: unknown) => error);
  expect(refused).toMatchObject({
    name: 'ProvisionedThroughputExceededException',
    $metadata: { httpStatusCode: 400 },
    ThrottlingReasons: [
      { reason: 'TableWriteKeyRangeThroughputExceeded', resource: 'arn:aws:dynamodb:eu-west-1:123456789012:table/items' },
    ],
  });
  expect(writes).toBe(10);
  await write('cold');
  const read = () => dynamodb.send(new GetItemCommand({ TableName: 'items', Key: { pk: { S: 'hot' } }, ConsistentRead: true }));
  for (let reads = 0; reads < 116; reads++) await read();
  await expect(read()).rejects.toMatchObject({ ThrottlingReasons: [{ reason: 'TableReadKeyRangeThroughputExceeded' }] });
  await seconds(1);
  await write('hot');
  await read();
});

test('DynamoDB: an item is at most 400 KB', async () => {
  const { dynamodb, createTable } = anAccount();
  await createTable();
  const put = (bytes: number) =>
    dynamodb.send(new PutItemCommand({ TableName: 'items', Item: { pk: { S: 'big' }, text: { S: 'x'.repeat(bytes) } } }));
  await put(400 * 1024 - 20);
  await expect(put(400 * 1024)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('Item size has exceeded the maximum allowed size'),
  });
});
