import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetAliasCommand, LambdaClient, ListFunctionsCommand, PublishVersionCommand, UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Ready {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

const service = mkdtempSync(join(tmpdir(), 'teal-deploy-'));
let local: ChildProcess;
let ready: Ready;
let lambda: LambdaClient;
let cloudformation: CloudFormationClient;

beforeAll(async () => {
  cpSync('test/local/sample-service', service, { recursive: true });
  local = spawn(process.execPath, ['scripts/local.ts', '--port', '0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: local.stdout! });
  ready = JSON.parse((await once(lines, 'line'))[0] as string) as Ready;
  lambda = new LambdaClient(ready);
  cloudformation = new CloudFormationClient(ready);
});

afterAll(async () => {
  local.kill();
  await once(local, 'exit');
  rmSync(service, { recursive: true, force: true });
});

/** Runs the framework in the folder of the service, with what `npm run local` prints as its environment. */
async function serverless(...args: string[]): Promise<{ exitCode: number; said: string }> {
  const { endpoint, region, credentials } = ready;
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    // How long it waits between two looks at the stack: 5 s unless told.
    SLS_AWS_MONITORING_FREQUENCY: '200',
    SLS_TELEMETRY_DISABLED: '1',
    CI: 'true',
  };
  const command = join(process.cwd(), 'node_modules/.bin/serverless');
  return new Promise((resolve) => {
    const options = { cwd: service, env, timeout: 100_000 };
    execFile(process.execPath, [command, ...args], options, (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code ?? 1) : 0, said: `${stdout}${stderr}` });
    });
  });
}

const change = (file: string, from: string, to: string) => {
  const path = join(service, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
};

/** What a user of the API gets. */
async function get(path: string): Promise<unknown> {
  const { Stacks } = await cloudformation.send(new DescribeStacksCommand({ StackName: 'shop-prod' }));
  const apiId = Stacks![0]!.Outputs!.find(({ OutputKey }) => OutputKey === 'HttpApiId')!.OutputValue;
  return (await fetch(`${ready.endpoint}/execute-api/${apiId}${path}`)).json();
}

const statusOfStack = async () =>
  (await cloudformation.send(new DescribeStacksCommand({ StackName: 'shop-prod' }))).Stacks![0]!.StackStatus;

describe('serverless against npm run local', () => {
  it('deploys a service, which serves', async () => {
    const { exitCode, said } = await serverless('deploy');
    expect([exitCode, said]).toEqual([0, expect.stringContaining('Service deployed to stack shop-prod')]);
    expect(await statusOfStack()).toBe('UPDATE_COMPLETE');
    expect(await get('/prices')).toEqual({ price: 1 });
    expect(await get('/orders/1')).toMatchObject({ version: '1', colour: 'green' });
  });

  it('skips a deploy that changes nothing', async () => {
    expect((await serverless('deploy')).said).toContain('No changes to deploy. Deployment skipped.');
  });

  it('deploys changed code, and leaves an alias where it was put meanwhile', async () => {
    const FunctionName = 'shop-prod-orders';
    const { Version } = await lambda.send(new PublishVersionCommand({ FunctionName }));
    await lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: Version }));
    change('prices.mjs', 'price: 1', 'price: 2');
    change('orders.mjs', "'/orders/boom'", "'/orders/bang'");
    const { exitCode, said } = await serverless('deploy');
    expect([exitCode, said]).toEqual([0, expect.stringContaining('Service deployed to stack shop-prod')]);
    expect(await get('/prices')).toEqual({ price: 2 });
    const { FunctionVersion } = await lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }));
    expect(FunctionVersion).toBe(Version);
  });

  it('fails with what went wrong, and the service is what it was', async () => {
    change('prices.mjs', 'price: 2', 'price: 3');
    change('serverless.yml', 'Period: 60', 'Period: 61');
    const { exitCode, said } = await serverless('deploy');
    expect([exitCode, said]).toEqual([1, expect.stringContaining('UPDATE_FAILED: OrdersErrors (AWS::CloudWatch::Alarm)')]);
    expect(await statusOfStack()).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await get('/prices')).toEqual({ price: 2 });
    change('serverless.yml', 'Period: 61', 'Period: 60');
    // The framework retains the version that was published before the failure: on AWS too, the same code is no new one.
    expect((await serverless('deploy')).said).toMatch(/A version for this Lambda function exists \( \d+ \)\. Modify the function/);
    change('prices.mjs', 'price: 3', 'price: 4');
    expect((await serverless('deploy')).exitCode).toBe(0);
    expect(await get('/prices')).toEqual({ price: 4 });
  });

  it('refuses by name what the local AWS has not, before anything is changed', async () => {
    change('serverless.yml', '    OrdersTable:\n', '    Topic: { Type: AWS::SNS::Topic }\n    OrdersTable:\n');
    const { exitCode, said } = await serverless('deploy');
    expect([exitCode, said]).toEqual([1, expect.stringContaining('Topic: the local AWS does not support AWS::SNS::Topic')]);
    expect(await statusOfStack()).toBe('UPDATE_COMPLETE');
    change('serverless.yml', '    Topic: { Type: AWS::SNS::Topic }\n', '');
  });

  it('tells of the service', async () => {
    const { exitCode, said } = await serverless('info');
    expect(exitCode).toBe(0);
    expect(said).toMatch(/GET - https:\/\/\w+\.execute-api\.eu-west-1\.amazonaws\.com\/prices/);
    expect(said).toContain('orders: shop-prod-orders');
  });

  it('removes the service', async () => {
    const { exitCode, said } = await serverless('remove');
    expect([exitCode, said]).toEqual([0, expect.stringContaining('Service shop has been successfully removed')]);
    const { Functions } = await lambda.send(new ListFunctionsCommand({}));
    expect(Functions!.filter(({ FunctionName }) => FunctionName!.startsWith('shop-'))).toEqual([]);
    await expect(statusOfStack()).rejects.toThrow('Stack with id shop-prod does not exist');
  });
});
