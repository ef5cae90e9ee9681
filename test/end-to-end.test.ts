import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { callSigned } from '../scripts/demo/signed-call.ts';

interface Ready {
  endpoint: string;
  region: string;
  accountId: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  api: string;
  stateMachineArn: string;
}

let child: ChildProcess;
let ready: Ready;

beforeAll(async () => {
  child = spawn(process.execPath, ['scripts/local.ts', '--port', '0', '--speed', '60', '--json', '--package', inject('packageFolder')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  ready = JSON.parse(line) as Ready;
}, 60_000);

afterAll(async () => {
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(0);
}, 30_000);

const code = (body: string) => zipSync({ 'index.mjs': Buffer.from(`export const handler = async () => { ${body} };`) });

const call = <Body>(method: string, path: string, body?: unknown, secretAccessKey = ready.credentials.secretAccessKey) =>
  callSigned<Body>({ ...ready.credentials, secretAccessKey, region: ready.region }, method, `${ready.api}${path}`, body);

describe('the packaged service on the local AWS, over real sockets', () => {
  it('promotes a good release and reverts one whose alarm goes red', async () => {
    const config = { endpoint: ready.endpoint, region: ready.region, credentials: { ...ready.credentials } };
    const lambda = new LambdaClient(config);
    const sfn = new SFNClient(config);
    const cloudwatch = new CloudWatchClient(config);
    const FunctionName = 'orders-api';
    const Role = `arn:aws:iam::${ready.accountId}:role/orders`;
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: code('return { statusCode: 200 };') },
        Publish: true,
      }),
    );
    await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: code('return { statusCode: 200, body: "new" };') }));
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'orders-errors',
        Namespace: 'AWS/Lambda',
        MetricName: 'Errors',
        Dimensions: [
          { Name: 'FunctionName', Value: FunctionName },
          { Name: 'Resource', Value: 'orders-api:live' },
        ],
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 0,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'ignore',
      }),
    );
    await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'orders-errors', StateValue: 'OK', StateReason: 'new' }));

    const { id, executionArn } = await call<{ id: string; executionArn: string }>('POST', '/releases', {
      targets: [FunctionName],
      alarms: ['orders-errors'],
      plan: '50% 1m',
      smokeTests: [{ target: FunctionName, payload: {}, expect: { statusCode: 200, body: 'new' } }],
    });
    const status = async (arn: string) => (await sfn.send(new DescribeExecutionCommand({ executionArn: arn }))).status;
    await expect.poll(() => status(executionArn), { timeout: 30_000, interval: 100 }).not.toBe('RUNNING');
    expect(await status(executionArn)).toBe('SUCCEEDED');
    expect(await lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }))).toMatchObject({ FunctionVersion: '2' });
    const { events } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    expect(events!.map((event) => event.type)).toEqual(
      expect.arrayContaining(['ExecutionStarted', 'TaskSubmitted', 'TaskSucceeded', 'ExecutionSucceeded']),
    );
    expect(await call('GET', `/releases/${id}`)).toMatchObject({ status: 'promoted' });

    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: code('throw new Error("boom");') }));
    const second = await sfn.send(
      new StartExecutionCommand({
        stateMachineArn: ready.stateMachineArn,
        name: 'by-hand',
        input: JSON.stringify({ targets: [FunctionName], alarms: ['orders-errors'], plan: '100% 30m' }),
      }),
    );
    const request = () => lambda.send(new InvokeCommand({ FunctionName, Qualifier: 'live', Payload: Buffer.from('{}') }));
    await expect
      .poll(
        async () => {
          await request();
          return status(second.executionArn!);
        },
        { timeout: 30_000, interval: 50 },
      )
      .toBe('FAILED');
    expect(await lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }))).toMatchObject({ FunctionVersion: '2' });
    expect((await request()).FunctionError).toBeUndefined();
    expect(await call('GET', '/releases/by-hand')).toMatchObject({
      status: 'reverted',
      reason: { code: 'alarm', message: expect.stringContaining('orders-errors') },
    });
  }, 90_000);

  it('refuses `serverless remove` while a release is in flight', async () => {
    const lambda = new LambdaClient({ endpoint: ready.endpoint, region: ready.region, credentials: { ...ready.credentials } });
    const FunctionName = 'payments';
    const Role = `arn:aws:iam::${ready.accountId}:role/payments`;
    const Code = { ZipFile: code('return 1;') };
    await lambda.send(
      new CreateFunctionCommand({ FunctionName, Role, Runtime: 'nodejs24.x', Handler: 'index.handler', Code, Publish: true }),
    );
    await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: code('return 2;') }));
    const { id } = await call<{ id: string }>('POST', '/releases', { targets: [FunctionName], plan: '10% 1d, 100% 1d' });
    const remove = promisify(execFile)(
      process.execPath,
      ['node_modules/serverless/bin/serverless.js', 'remove', '--region', ready.region],
      {
        env: {
          ...process.env,
          AWS_ENDPOINT_URL: ready.endpoint,
          AWS_ACCESS_KEY_ID: ready.credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: ready.credentials.secretAccessKey,
        },
      },
    );
    await expect(remove).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining(`A release is in flight: ${id}.`) });
    await call('POST', `/releases/${id}/abort`);
  }, 60_000);

  it('refuses a call that is signed with another secret', async () => {
    await expect(call('GET', '/releases', undefined, 'wrong')).rejects.toThrow('answered 403');
  });
});
