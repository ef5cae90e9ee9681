import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetAliasCommand, LambdaClient, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { zipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createLocalAws, type LocalAws } from '../../local/aws.ts';
import { createVirtualClock, type VirtualClock } from '../../local/clock.ts';
import { TEMPLATE_FILE } from '../../local/cloudformation/folder.ts';
import { createProcessHost } from '../../local/lambda/process-host.ts';
import { callSigned } from '../../scripts/demo/signed-call.ts';
import { describeService } from '../../scripts/deployed-service.ts';
import { packageService } from '../../scripts/package-service.ts';
import { startMs } from './a-ground.ts';

const SAMPLE = fileURLToPath(new URL('./sample-service', import.meta.url));
const ORDERS = 'shop-prod-orders';
const MINUTE_MS = 60_000;

let folder: string;
/** The temporary folder of the packaging. */
let temporaryFolder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'teal-sample-'));
  temporaryFolder = mkdtempSync(join(tmpdir(), 'teal-sample-temporary-'));
  vi.stubEnv('TMPDIR', temporaryFolder);
  try {
    await packageService(folder, { service: SAMPLE, isQuiet: true });
  } finally {
    vi.unstubAllEnvs();
  }
}, 60_000);
afterAll(() => {
  for (const path of [folder, temporaryFolder]) rmSync(path, { recursive: true, force: true });
});

it('packaging leaves nothing in the temporary folder', () => {
  expect(readdirSync(temporaryFolder)).toEqual([]);
});

describe("a team's packaged service beside Teal", () => {
  let aws: LocalAws<VirtualClock>;
  let teal: ReturnType<typeof describeService>;
  let shop: ReturnType<typeof describeService>;
  /** What the function of the schedules was called with. */
  const jobs: unknown[] = [];

  beforeAll(async () => {
    aws = createLocalAws({
      clock: (settle) => createVirtualClock(startMs, settle),
      host: (surroundings) =>
        createProcessHost({
          ...surroundings,
          onLog({ functionName, text: line }) {
            const [, json] = /\tINFO\t(\{.*\})\n/.exec(functionName === 'shop-prod-nightly' ? line : '') ?? [];
            if (json) jobs.push(JSON.parse(json));
          },
        }),
    });
    const { endpoint } = await aws.listen(0);
    teal = describeService(await aws.deploy(inject('packageFolder')), endpoint);
    shop = describeService(await aws.deploy(folder), endpoint);
  }, 60_000);
  afterAll(() => aws.close());

  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${shop.api}${path}`, init);
    return { status: response.status, headers: response.headers, body: await response.json().catch(() => undefined) };
  };
  const pass = (minutes: number) => aws.ground.clock.advanceTo(aws.ground.clock.nowMs() + minutes * MINUTE_MS);

  it('has the stack that the framework would deploy, and its functions, aliases and alarms', () => {
    expect(shop).toMatchObject({
      stackName: 'shop-prod',
      functions: [ORDERS, 'shop-prod-nightly', 'shop-prod-prices'],
      aliases: ['shop-prod-prices:provisioned', `${ORDERS}:live`],
      alarms: [expect.stringMatching(/^shop-prod-OrdersErrors-/), 'shop-unwell'],
      outputs: { OrdersTableName: expect.stringMatching(/^shop-prod-OrdersTable-/) },
    });
    expect(teal).toMatchObject({ stackName: 'teal-prod', aliases: [] });
  });

  it('answers requests through its API, by its aliases, with its environment', async () => {
    const answer = { version: '1', zone: 'eu-west-1a', colour: 'green' };
    expect((await get('/orders/7')).body).toEqual({ ...answer, route: 'GET /orders/{id}' });
    expect((await get('/elsewhere', { method: 'DELETE' })).body).toEqual({ ...answer, route: '$default' });
    expect((await get('/prices')).body).toEqual({ price: 1 });
    expect((await get('/admin/orders')).status).toBe(403);
  });

  it('writes to its table with the SDK of the runtime', async () => {
    expect((await get('/orders', { method: 'POST' })).status).toBe(201);
    const { Count } = await new DynamoDBClient(aws.clientConfig).send(new ScanCommand({ TableName: shop.outputs.OrdersTableName }));
    expect(Count).toBe(1);
  });

  it("sends the API's CORS headers", async () => {
    const { headers } = await get('/prices', { headers: { origin: 'https://shop.example' } });
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  it('is called by its rules and schedules', async () => {
    jobs.length = 0;
    await new EventBridgeClient(aws.clientConfig).send(
      new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'Order Placed', Detail: '{"id":7}' }] }),
    );
    await pass(15);
    expect(jobs).toContainEqual({ job: 'ship', order: 7 });
    expect(jobs.filter((job) => (job as { job?: string }).job === 'sweep').length).toBeGreaterThan(0);
    const scheduled = jobs.filter((job) => (job as { source?: string }).source === 'aws.events');
    expect(scheduled).toHaveLength(3);
    expect(scheduled[0]).toMatchObject({
      'detail-type': 'Scheduled Event',
      resources: [expect.stringContaining('rule/shop-prod-NightlyEventsRuleSchedule1-')],
      detail: {},
    });
  });

  it('is released by Teal, which watches its alarms', async () => {
    const lambda = new LambdaClient(aws.clientConfig);
    const source = readFileSync(join(SAMPLE, 'orders.mjs'));
    const ZipFile = zipSync({ 'orders.mjs': Buffer.concat([source, Buffer.from('// better\n')]) });
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: ORDERS, ZipFile }));
    const { executionArn } = await callSigned<{ executionArn: string }>(
      { ...aws.credentials, region: aws.ground.region },
      'POST',
      `${teal.api}/releases`,
      {
        targets: [ORDERS],
        alarms: shop.alarms,
        plan: '50% 1m',
        smokeTests: [{ target: ORDERS, payload: { routeKey: 'smoke' }, expect: { route: 'smoke', version: '2' } }],
      },
    );
    const sfn = new SFNClient(aws.clientConfig);
    const status = async () => (await sfn.send(new DescribeExecutionCommand({ executionArn }))).status;
    await aws.ground.clock.advanceUntil(async () => (await status()) !== 'RUNNING', 30 * MINUTE_MS);
    expect(await status()).toBe('SUCCEEDED');
    expect(await lambda.send(new GetAliasCommand({ FunctionName: ORDERS, Name: 'live' }))).toMatchObject({ FunctionVersion: '2' });
    expect((await get('/orders/7')).body).toMatchObject({ version: '2' });
  }, 60_000);

  it('turns its alarms red when its requests fail', async () => {
    expect((await get('/orders/boom')).status).toBe(500);
    await pass(2);
    const { MetricAlarms = [], CompositeAlarms = [] } = await new CloudWatchClient(aws.clientConfig).send(
      new DescribeAlarmsCommand({ AlarmNames: shop.alarms, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
    );
    expect([...MetricAlarms, ...CompositeAlarms].map(({ StateValue }) => StateValue)).toEqual(['ALARM', 'ALARM']);
  });

  it('is a stack that CloudFormation tells of, and its functions and their tags are found by it', async () => {
    const { Stacks } = await new CloudFormationClient(aws.clientConfig).send(new DescribeStacksCommand({ StackName: 'shop-prod' }));
    expect(Stacks![0]).toMatchObject({
      StackStatus: 'CREATE_COMPLETE',
      Tags: [
        { Key: 'STAGE', Value: 'prod' },
        { Key: 'costCentre', Value: '42' },
      ],
    });
    const { ResourceTagMappingList } = await new ResourceGroupsTaggingAPIClient(aws.clientConfig).send(
      new GetResourcesCommand({
        ResourceTypeFilters: ['lambda:function'],
        TagFilters: [{ Key: 'aws:cloudformation:stack-name', Values: ['shop-prod'] }, { Key: 'tier' }],
      }),
    );
    const [{ ResourceARN, Tags } = {}] = ResourceTagMappingList!;
    expect(ResourceARN).toMatch(/:function:shop-prod-orders$/);
    expect(Object.fromEntries(Tags!.map(({ Key, Value }) => [Key, Value]))).toMatchObject({
      team: 'checkout',
      tier: 'front',
      costCentre: '42',
    });
  });

  it("may be given as the service's folder, and is named by that when the package does not say", async () => {
    const service = mkdtempSync(join(tmpdir(), 'teal-service-'));
    try {
      cpSync(folder, join(service, '.serverless'), { recursive: true });
      expect((await aws.openPackage(service)).stackName).toBe('shop-prod');
      rmSync(join(service, '.serverless', 'serverless-state.json'));
      expect((await aws.openPackage(service)).stackName).toBe(basename(service));
    } finally {
      rmSync(service, { recursive: true, force: true });
    }
    await expect(aws.openPackage(service)).rejects.toThrow('run serverless package first');
  });

  it('is not deployed twice', async () => {
    await expect(aws.deploy(folder)).rejects.toThrow(`${folder}: the stack shop-prod is there already`);
    await expect(aws.deploy(folder, { stackName: 'other' })).rejects.toThrow('already exists in the stack shop-prod');
  });
});

describe('npm run local -- --deploy', () => {
  const brokenFolder = mkdtempSync(join(tmpdir(), 'teal-broken-'));
  const children: ReturnType<typeof startLocal>[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => rmSync(brokenFolder, { recursive: true, force: true }));

  function startLocal(...folders: string[]) {
    const deploy = folders.flatMap((given) => ['--deploy', given]);
    const options = ['--port', '0', '--json', '--package', inject('packageFolder'), ...deploy];
    return spawn(process.execPath, ['scripts/local.ts', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  it('names what it deployed in the line that says it is ready', async () => {
    const child = startLocal(folder);
    children.push(child);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { deployed } = JSON.parse(line) as { deployed: ReturnType<typeof describeService>[] };
    expect(deployed).toMatchObject([{ stackName: 'shop-prod', functions: expect.arrayContaining([ORDERS]) }]);
    expect(await (await fetch(`${deployed[0]!.api}/prices`)).json()).toEqual({ price: 1 });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([
    ['a type', { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } }, 'Queue: the local AWS does not support AWS::SQS::Queue'],
    [
      'a value',
      { Resources: { Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } } } },
      expect.stringMatching(/^Role \(AWS::IAM::Role\): MalformedPolicyDocument: /),
    ],
  ])('stops at what it does not know, and names it and the folder: %s', async (_what, template, message) => {
    writeFileSync(join(brokenFolder, TEMPLATE_FILE), JSON.stringify(template));
    const child = startLocal(brokenFolder);
    children.push(child);
    const [said, printed, [code]] = await Promise.all([text(child.stderr), text(child.stdout), once(child, 'exit')]);
    expect([code, printed, said.startsWith(`${brokenFolder}: `)]).toEqual([1, '', true]);
    expect(said.slice(`${brokenFolder}: `.length).trimEnd()).toEqual(message);
  });
});
