import * as sdk from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import aws4 from 'aws4';
import { describe, expect, it } from 'vitest';
import { createCloudWatch } from '../../local/cloudwatch/cloudwatch.ts';
import type { HttpApi } from '../../local/http-api.ts';
import { createIdentities } from '../../local/identities.ts';
import { createRequestHandler } from '../../local/request-handler.ts';
import { createRouter } from '../../local/router.ts';
import { readModel } from '../../local/service-model.ts';
import { aGround, anythingGoes, startMs } from './a-ground.ts';

const MINUTE_MS = 60_000;
const PROTOCOLS = { query: AwsQueryProtocol, cbor: AwsSmithyRpcV2CborProtocol };

/** CloudWatch behind the door, on a clock that only the test moves. */
function aCloudWatch() {
  const ground = aGround();
  const identities = createIdentities('123456789012');
  const { accessKeyId, secretAccessKey } = identities.administrator;
  const route = createRouter({
    ground,
    services: { monitoring: createCloudWatch(ground, { publish() {} }) },
    httpApi: {} as HttpApi,
    iam: anythingGoes,
    findIdentity: identities.find,
    machineNowMs: Date.now,
  });
  return {
    clock: ground.clock,
    clientOver: (protocol?: (typeof PROTOCOLS)[keyof typeof PROTOCOLS]) =>
      new CloudWatchClient({
        region: 'eu-west-1',
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: 1,
        requestHandler: createRequestHandler(route),
        ...(protocol && { protocol }),
      }),
    /** Sends a form as the AWS CLI 2.9 does, and reads the answer's body. */
    async post(form: string, secret = secretAccessKey) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
      const request = {
        service: 'monitoring',
        region: 'eu-west-1',
        method: 'POST',
        host: '127.0.0.1:4566',
        path: '/',
        headers,
        body: form,
      };
      const signed = aws4.sign(request, { accessKeyId, secretAccessKey: secret }).headers!;
      const lower = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), String(value)]));
      const answer = await route({ method: 'POST', path: '/', query: new URLSearchParams(), headers: lower, body: Buffer.from(form) });
      return { status: answer.status, type: answer.headers['content-type'], xml: String(answer.body) };
    },
  };
}

const form = (action: string, rest = '') => `Action=${action}&Version=2010-08-01${rest && `&${rest}`}`;

const Dimensions = [
  { Name: 'FunctionName', Value: 'web & "co" <1>' },
  { Name: 'Umlaut', Value: 'Grüße\r\n' },
];
const metric = { Namespace: 'Shop', MetricName: 'Errors', Dimensions };
const threshold = { EvaluationPeriods: 2, DatapointsToAlarm: 1, Threshold: 0.5, ComparisonOperator: 'GreaterThanThreshold' } as const;
const at = (minute: number) => new Date(startMs + minute * MINUTE_MS);

/** Every operation that CloudWatch has here, some of them wrongly, in an order in which they see each other's effects. */
const CALLS = [
  new PutMetricDataCommand({
    Namespace: 'Shop',
    MetricData: [
      { MetricName: 'Errors', Dimensions, Timestamp: at(0), Value: 3, Unit: 'Count' },
      { MetricName: 'Latency', Dimensions, Timestamp: new Date(startMs + 1_500), Values: [0.25, 1e-7, 12], Counts: [1, 2, 3] },
      { MetricName: 'Size', StatisticValues: { SampleCount: 2, Sum: 10, Minimum: 4, Maximum: 6 }, StorageResolution: 60 },
    ],
  }),
  new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [{ MetricName: 'Errors', Value: Number.NaN }] }),
  new PutMetricDataCommand({ Namespace: 'Shop', EntityMetricData: [{ MetricData: [{ MetricName: 'Errors', Value: 1 }] }] }),
  new ListMetricsCommand({ Namespace: 'Shop' }),
  new ListMetricsCommand({ Dimensions: [{ Name: 'Nothing' }] }),
  new GetMetricStatisticsCommand({
    ...metric,
    StartTime: at(-5),
    EndTime: at(5),
    Period: 60,
    Statistics: ['Sum', 'SampleCount', 'Maximum'],
  }),
  new GetMetricStatisticsCommand({
    Namespace: 'Shop',
    MetricName: 'Latency',
    Dimensions,
    StartTime: at(-5),
    EndTime: at(5),
    Period: 300,
    ExtendedStatistics: ['p50', 'p99'],
  }),
  new GetMetricStatisticsCommand({ ...metric, StartTime: at(5), EndTime: at(-5), Period: 60, Statistics: ['Sum'] }),
  new GetMetricDataCommand({
    MetricDataQueries: [
      { Id: 'errors', MetricStat: { Metric: metric, Period: 60, Stat: 'Sum' }, ReturnData: false },
      { Id: 'twice', Expression: 'errors * 2', Label: 'twice as many' },
      { Id: 'none', MetricStat: { Metric: { ...metric, MetricName: 'Nothing' }, Period: 60, Stat: 'Average' } },
    ],
    StartTime: at(-5),
    EndTime: at(5),
    ScanBy: 'TimestampAscending',
  }),
  new GetMetricDataCommand({ MetricDataQueries: [], StartTime: at(-5), EndTime: at(5) }),
  new PutMetricAlarmCommand({
    ...metric,
    ...threshold,
    AlarmName: 'errors',
    AlarmDescription: 'too many',
    ActionsEnabled: false,
    AlarmActions: ['arn:aws:sns:eu-west-1:123456789012:on-call'],
    Statistic: 'Sum',
    Period: 60,
    Unit: 'Count',
    TreatMissingData: 'notBreaching',
  }),
  new PutMetricAlarmCommand({
    ...threshold,
    AlarmName: 'rate',
    Metrics: [
      { Id: 'errors', MetricStat: { Metric: metric, Period: 60, Stat: 'Sum' }, ReturnData: false },
      { Id: 'rate', Expression: 'errors / 2' },
    ],
  }),
  new PutMetricAlarmCommand({
    ...metric,
    ...threshold,
    AlarmName: 'tagged',
    Statistic: 'Sum',
    Period: 60,
    Tags: [{ Key: 'a', Value: 'b' }],
  }),
  new PutMetricAlarmCommand({ ...metric, ...threshold, AlarmName: 'often', Statistic: 'Sum', Period: 61 }),
  new PutCompositeAlarmCommand({ AlarmName: 'any', AlarmRule: 'ALARM("errors") OR ALARM(rate)' }),
  new DescribeAlarmsCommand({}),
  new SetAlarmStateCommand({ AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a <drill>', StateReasonData: '{"by":"hand"}' }),
  new SetAlarmStateCommand({ AlarmName: 'unknown', StateValue: 'OK', StateReason: '' }),
  new DescribeAlarmsCommand({ AlarmNames: ['errors', 'any'], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], StateValue: 'ALARM' }),
  new DescribeAlarmsCommand({ AlarmNamePrefix: 'nothing' }),
  new DescribeAlarmsCommand({ MaxRecords: 1 }),
  new DescribeAlarmsCommand({ AlarmNames: ['errors'], AlarmNamePrefix: 'err' }),
  new EnableAlarmActionsCommand({ AlarmNames: ['errors'] }),
  new DisableAlarmActionsCommand({ AlarmNames: ['rate'] }),
  new DescribeAlarmsCommand({ AlarmNames: ['errors', 'rate'] }),
  new DescribeAlarmHistoryCommand({ AlarmName: 'errors', StartDate: at(-1), EndDate: at(10), HistoryItemType: 'StateUpdate' }),
  new DeleteAlarmsCommand({ AlarmNames: ['rate'] }),
  new DeleteAlarmsCommand({ AlarmNames: ['any', 'rate', 'errors'] }),
];

/** What every call answers or throws, as the SDK reads it. */
async function playOver(protocol?: (typeof PROTOCOLS)[keyof typeof PROTOCOLS]) {
  const { clock, clientOver } = aCloudWatch();
  const client = clientOver(protocol);
  const seen: { call: string; answer?: object; name?: string; message?: string; status?: number }[] = [];
  for (const call of CALLS) {
    // biome-ignore lint/suspicious/noExplicitAny: `send` has an overload for each command, and none for all
    const outcome = await client.send(call as any).then(
      ({ $metadata, ...answer }) => ({ answer, status: $metadata.httpStatusCode }),
      ({ name, message, $metadata }) => ({ name, message, status: $metadata.httpStatusCode }),
    );
    seen.push({ call: call.constructor.name, ...outcome });
    await clock.advanceTo(clock.nowMs() + 250);
  }
  return seen;
}

describe.each(Object.entries(PROTOCOLS))('CloudWatch over %s', (_name, protocol) => {
  it('answers and refuses as it does over JSON', async () => {
    const overJson = await playOver();
    expect(overJson.filter(({ answer }) => answer)).toHaveLength(19);
    expect(await playOver(protocol)).toEqual(overJson);
  });

  it('has the operations that it has over JSON, all of them played above, and refuses the others by name', async () => {
    const { clientOver } = aCloudWatch();
    const played = new Set(CALLS.map((call) => call.constructor.name.replace('Command', '')));
    const commands = new Map(Object.entries(sdk)) as Map<string, unknown>;
    const refusalsOver = async (client: CloudWatchClient) => {
      const refused: string[] = [];
      for (const name of readModel(sdk).keys()) {
        const command = commands.get(`${name}Command`) as typeof DescribeAlarmsCommand;
        const error = await client.send(new command({})).then(
          () => undefined,
          (thrown: Error) => thrown,
        );
        if (!/^(UnknownOperationException|InvalidAction)$/.test(error?.name ?? '')) continue;
        expect(error?.message).toContain(name);
        refused.push(name);
      }
      return refused;
    };
    const all = [...readModel(sdk).keys()];
    expect(await refusalsOver(clientOver())).toEqual(all.filter((name) => !played.has(name)));
    expect(await refusalsOver(clientOver(protocol))).toEqual(all.filter((name) => !played.has(name)));
  });
});

describe('the query protocol', () => {
  it('answers in XML: lists of members, empty ones too, times in ISO 8601', async () => {
    const { post } = aCloudWatch();
    const id = /[0-9a-f-]{36}/g;
    const none = await post(form('DescribeAlarms'));
    expect({ ...none, xml: none.xml.replace(id, 'ID') }).toEqual({
      status: 200,
      type: 'text/xml',
      xml: '<DescribeAlarmsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><DescribeAlarmsResult><CompositeAlarms></CompositeAlarms><MetricAlarms></MetricAlarms></DescribeAlarmsResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></DescribeAlarmsResponse>',
    });
    const alarm =
      'AlarmName=errors&AlarmActions=&MetricName=Errors&Namespace=Shop&Statistic=Sum&Dimensions.member.1.Name=FunctionName&Dimensions.member.1.Value=web&Period=60&EvaluationPeriods=1&Threshold=1.0&ComparisonOperator=GreaterThanThreshold&ActionsEnabled=true';
    const put = await post(form('PutMetricAlarm', alarm));
    expect(put.xml.replace(id, 'ID')).toBe(
      '<PutMetricAlarmResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></PutMetricAlarmResponse>',
    );
    const { xml } = await post(form('DescribeAlarms', 'AlarmNames.member.1=errors'));
    expect(xml).toContain('<StateUpdatedTimestamp>2026-01-15T12:00:00.000Z</StateUpdatedTimestamp>');
    expect(xml).toContain('<Dimensions><member><Name>FunctionName</Name><Value>web</Value></member></Dimensions>');
    expect(xml).toContain('<AlarmActions></AlarmActions>');
  });

  it('takes list items by their numbers, whatever their order', async () => {
    const { post } = aCloudWatch();
    const data = (order: number[]) =>
      order.map((number) => `MetricData.member.${number}.MetricName=m${number}&MetricData.member.${number}.Value=1`).join('&');
    expect(await post(form('PutMetricData', `Namespace=Shop&${data([10, 2, 1])}`))).toMatchObject({ status: 200 });
    const { xml } = await post(form('ListMetrics'));
    expect([...xml.matchAll(/<MetricName>(\w+)</g)].map(([, name]) => name)).toEqual(['m1', 'm2', 'm10']);
  });

  it.each([
    ['a number that is none', 'PutMetricAlarm', 'Period=often', 'MalformedInput', 'Period must be a number, not often'],
    ['a flag that is none', 'PutMetricAlarm', 'ActionsEnabled=yes', 'MalformedInput', 'ActionsEnabled must be true or false, not yes'],
    ['a time in seconds', 'GetMetricStatistics', 'StartTime=1700000000', 'MalformedInput', 'timestamp must follow ISO8601'],
    [
      'a time in nanoseconds',
      'GetMetricStatistics',
      'StartTime=2026-01-01T00:00:00.123456789Z',
      'MalformedInput',
      'timestamp must follow ISO8601',
    ],
    ['a list without numbers', 'DescribeAlarms', 'AlarmNames=errors', 'MalformedInput', 'AlarmNames is a list'],
    ['a list whose items are not members', 'DescribeAlarms', 'AlarmNames.1=errors', 'MalformedInput', 'AlarmNames.member.1'],
    [
      'an item that is not counted',
      'DescribeAlarms',
      'AlarmNames.member.1a=x',
      'MalformedInput',
      'AlarmNames.member.1a must be all numbers',
    ],
    ['a value with parts', 'DescribeAlarms', 'AlarmNamePrefix.member.1=x', 'MalformedInput', 'AlarmNamePrefix must be a value'],
    ['a member that it does not have', 'DescribeAlarms', 'Colour=red', 'ValidationError', 'does not support Colour'],
    ['a member with parts that it does not have', 'DescribeAlarms', 'Colour.member.1=red', 'ValidationError', 'does not support Colour'],
    [
      'a map',
      'PutMetricData',
      'EntityMetricData.member.1.Entity.KeyAttributes.entry.1.key=Type',
      'ValidationError',
      'does not support EntityMetricData.member.1.Entity.KeyAttributes',
    ],
    [
      'a text that is too long',
      'DescribeAlarms',
      `AlarmNamePrefix=${'x'.repeat(256)}`,
      'ValidationError',
      'length less than or equal to 255',
    ],
    ['an operation that is not there', 'PutDashboard', '', 'InvalidAction', 'the local AWS does not support PutDashboard of CloudWatch'],
  ])('refuses %s', async (_what, action, rest, code, message) => {
    const { status, type, xml } = await aCloudWatch().post(form(action, rest));
    expect([status, type]).toEqual([400, 'text/xml']);
    expect(xml).toMatch(
      /^<ErrorResponse xmlns="http:\/\/monitoring.amazonaws.com\/doc\/2010-08-01\/"><Error><Type>Sender<\/Type><Code>\w+<\/Code><Message>[^<]+<\/Message><\/Error><RequestId>[^<]+<\/RequestId><\/ErrorResponse>$/,
    );
    expect(xml).toContain(`<Code>${code}</Code>`);
    expect(xml).toContain(message);
  });

  it('refuses a request without an operation, and one for another version', async () => {
    const { post } = aCloudWatch();
    expect((await post('Version=2010-08-01')).xml).toContain('<Code>MissingAction</Code>');
    expect((await post('Action=DescribeAlarms&Version=2009-05-15')).xml).toContain('DescribeAlarms for version 2009-05-15');
    expect((await post('Action=DescribeAlarms')).xml).toContain('NO_VERSION_SPECIFIED');
  });

  it('refuses a wrong secret in XML too', async () => {
    const { status, xml } = await aCloudWatch().post(form('DescribeAlarms'), 'wrong');
    expect(status).toBe(403);
    expect(xml).toContain('<Code>SignatureDoesNotMatch</Code>');
  });
});
