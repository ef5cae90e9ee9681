import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { type FlexibleTimeWindow, SchedulerClient, type Target, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { zipSync } from 'fflate';
import { inject, onTestFinished } from 'vitest';
import { createLocalAws, type LocalAws } from '../local/aws.ts';
import { createVirtualClock, type VirtualClock } from '../local/clock.ts';
import type { Faults } from '../local/faults.ts';
import type { BusEvent } from '../local/service.ts';
import { type Behaviours, createInProcessHost, type OutgoingCall } from './in-process-host.ts';

export const START_MS = Date.UTC(2026, 0, 15, 12);
const ROLE = 'arn:aws:iam::123456789012:role/sample';

/** Code that does what the behaviour of this name does. */
const code = (behaviour: string) => zipSync({ 'index.mjs': [Buffer.from(behaviour), { mtime: '2026-01-01T00:00:00' }] });

/** A release as the API shows it. */
export interface Shown {
  id: string;
  status: string;
  reason: { code: string; message: string };
  step?: { number: number; of: number; weight: number };
  targets: { function: string; alias: string; blue: string; green?: string; unchanged?: boolean; moved?: string }[];
  weights: Record<string, number>;
  timeline: { at: string; text: string }[];
  evidence?: { alarms: { name: string; state: string }[] };
  executionArn: string;
  [key: string]: unknown;
}

export type World = Awaited<ReturnType<typeof createWorld>>;

interface Seam extends Omit<OutgoingCall, 'from'> {
  /** Any function when left out. */
  from?: string;
  meet(): Promise<unknown> | unknown;
  isLasting?: boolean;
}

/** A world with functions of these names, each with newer code waiting. */
export async function createWorldWith(...names: string[]): Promise<World> {
  const world = await createWorld();
  for (const name of names) await world.aFunction(name);
  return world;
}

/** The packaged template in a local AWS on a virtual clock, and what tests do to it as a person would. */
export async function createWorld({ seed = 1, faults }: { seed?: number; faults?: Faults } = {}) {
  let activeAfterMs = 0;
  const behaviours: Behaviours = {
    blue: () => ({ statusCode: 200 }),
    good: () => ({ statusCode: 200 }),
    bad: () => Promise.reject(new Error('boom')),
  };
  const seams: Record<'before' | 'after', Seam[]> = { before: [], after: [] };
  let writes = 0;
  const meet = (when: 'before' | 'after') => async (call: OutgoingCall) => {
    if (call.operation === 'PutItem') writes++;
    const index = seams[when].findIndex((seam) => (seam.from ?? call.from) === call.from && seam.operation === call.operation);
    const seam = seams[when][index];
    if (!seam) return;
    if (!seam.isLasting) seams[when].splice(index, 1);
    await seam.meet();
  };
  const aws: LocalAws<VirtualClock> = createLocalAws({
    clock: (settle) => createVirtualClock(START_MS, settle),
    host: ({ credentialsFor }) =>
      createInProcessHost((role) => ({ ...aws.clientConfig, credentials: credentialsFor(role) }), behaviours, {
        before: meet('before'),
        after: meet('after'),
      }),
    seed,
    faults,
    activeAfterMs: () => activeAfterMs,
  });
  onTestFinished(() => aws.close());
  const { resources } = await aws.deploy(inject('packageFolder'), { stackName: 'teal' });
  const idOf = (type: string) => Object.values(resources).find((resource) => resource.type === type)!.physicalId;
  const { clock } = aws.ground;
  const lambda = new LambdaClient({ ...aws.clientConfig, maxAttempts: 1 });
  const cloudwatch = new CloudWatchClient(aws.clientConfig);
  const sfn = new SFNClient(aws.clientConfig);
  const dynamodb = new DynamoDBClient(aws.clientConfig);
  const apiId = idOf('AWS::ApiGatewayV2::Api');
  const stateMachineArn = idOf('AWS::StepFunctions::StateMachine');
  const tableName = idOf('AWS::DynamoDB::Table');

  async function call<Body = Record<string, unknown>>(
    method: string,
    target: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: Body }> {
    const [path, query] = target.split('?');
    const answer = await aws.ground.work.track(
      aws.httpApi.handle({
        method,
        path: `/execute-api/${apiId}${path}`,
        query: new URLSearchParams(query),
        headers: { host: 'localhost', ...headers },
        body: Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)),
        caller: { accessKeyId: 'AKIAEXAMPLE', arn: 'arn:aws:iam::123456789012:user/ada' },
      }),
    );
    return { status: answer.status, body: JSON.parse(Buffer.from(answer.body as string).toString()) as Body };
  }

  const world = {
    aws,
    lambda,
    cloudwatch,
    sfn,
    dynamodb,
    behaviours,
    stateMachineArn,
    tableName,
    resources,
    call,

    /** Does something just before a call of one of Teal's functions reaches AWS, once; throwing makes the call fail without effect. */
    before: (from: string, operation: string, meet: Seam['meet']) => seams.before.push({ from, operation, meet }),
    /** Just after it took effect, before its caller hears of it; throwing loses the reply. */
    after: (from: string, operation: string, meet: Seam['meet']) => seams.after.push({ from, operation, meet }),
    /** Just after each such call of any of Teal's functions took effect. */
    afterEvery: (operation: string, meet: Seam['meet']) => seams.after.push({ operation, meet, isLasting: true }),
    /** Makes every such call fail until the returned function is called. */
    failing(from: string, operation: string, error: () => Error) {
      const seam: Seam = { from, operation, isLasting: true, meet: () => Promise.reject(error()) };
      seams.before.push(seam);
      return () => void seams.before.splice(seams.before.indexOf(seam), 1);
    },

    /** Runs one of Teal's functions to its end, as whoever invokes it would. */
    invoke: (name: string, event: unknown) =>
      lambda.send(new InvokeCommand({ FunctionName: `teal-prod-${name}`, Payload: Buffer.from(JSON.stringify(event)) })),

    /** A function whose version 1 serves behind alias `live`, with newer code in $LATEST. */
    async aFunction(name: string, { next = 'good', role = ROLE, alias = 'live' }: { next?: string; role?: string; alias?: string } = {}) {
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Role: role,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Code: { ZipFile: code('blue') },
          Publish: true,
        }),
      );
      await lambda.send(new CreateAliasCommand({ FunctionName: name, Name: alias, FunctionVersion: '1' }));
      if (next !== 'blue') await world.deployCode(name, next);
      return name;
    },

    /** From here on a function or version takes this long to become active. */
    slowToActivate(minutes: number) {
      activeAfterMs = minutes * 60_000;
    },

    /** Puts code into $LATEST, as a deploy does. Other code for each behaviour. */
    async deployCode(name: string, behaviour: string) {
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: code(behaviour) }));
    },

    async publish(name: string) {
      return (await lambda.send(new PublishVersionCommand({ FunctionName: name }))).Version!;
    },

    /** An alarm that stays in the state that a test sets. */
    async anAlarm(name: string, state: StateValue = 'OK', rest: Partial<PutMetricAlarmCommandInput> = {}) {
      await cloudwatch.send(
        new PutMetricAlarmCommand({
          AlarmName: name,
          Namespace: 'Test',
          MetricName: name,
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 0,
          ComparisonOperator: 'GreaterThanThreshold',
          TreatMissingData: 'ignore',
          ...rest,
        }),
      );
      await world.setAlarm(name, state);
      return name;
    },

    async setAlarm(name: string, state: StateValue, reason = 'the test says so') {
      await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: reason }));
    },

    /** The alias's version and weights, as Lambda has them. */
    async alias(name: string, alias = 'live') {
      const found = await lambda.send(new GetAliasCommand({ FunctionName: name, Name: alias }));
      return { version: found.FunctionVersion!, weights: found.RoutingConfig?.AdditionalVersionWeights ?? {} };
    },

    /** A person moves an alias. */
    async moveAlias(name: string, version: string, weights: Record<string, number> = {}) {
      await lambda.send(
        new UpdateAliasCommand({
          FunctionName: name,
          Name: 'live',
          FunctionVersion: version,
          RoutingConfig: { AdditionalVersionWeights: weights },
        }),
      );
    },

    /** One request of a user, through the alias. */
    async request(name: string) {
      const answer = await lambda.send(new InvokeCommand({ FunctionName: name, Qualifier: 'live', Payload: Buffer.from('{}') }));
      return { version: answer.ExecutedVersion!, isFailed: answer.FunctionError !== undefined };
    },

    /** Starts a release through the API; fails the test when the API refuses it. */
    async start(request: Record<string, unknown>, headers: Record<string, string> = {}): Promise<string> {
      const { status, body } = await call('POST', '/releases', request, headers);
      if (status !== 202) throw new Error(`POST /releases answered ${status}: ${JSON.stringify(body)}`);
      return body.id as string;
    },

    async startByHand(input: unknown, name = 'by-hand') {
      await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
      return name;
    },

    async show(id: string): Promise<Shown> {
      return (await call<Shown>('GET', `/releases/${id}`)).body;
    },

    command: (id: string, name: 'promote' | 'advance' | 'abort', reason?: string) =>
      call('POST', `/releases/${id}/${name}`, reason === undefined ? undefined : { reason }),

    stop: (id: string) => sfn.send(new StopExecutionCommand({ executionArn: world.executionArn(id) })),
    executionArn: (id: string) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${id}`,

    async executionStatus(id: string) {
      return (await sfn.send(new DescribeExecutionCommand({ executionArn: world.executionArn(id) }))).status!;
    },

    async history(id: string): Promise<HistoryEvent[]> {
      const events: HistoryEvent[] = [];
      let nextToken: string | undefined;
      do {
        const page = await sfn.send(new GetExecutionHistoryCommand({ executionArn: world.executionArn(id), maxResults: 1000, nextToken }));
        events.push(...(page.events ?? []));
        nextToken = page.nextToken;
      } while (nextToken);
      return events;
    },

    /** The states that an execution entered, in order. */
    async path(id: string): Promise<string[]> {
      return (await world.history(id)).flatMap((event) => event.stateEnteredEventDetails?.name ?? []);
    },

    /** Until the returned function is called: no ticks, but a heartbeat of the open bake every four minutes. */
    async onlyHeartbeats(id: string) {
      const schedule = Object.entries(resources).find(([name]) => name === 'TickSchedule')![1];
      const { ScheduleExpression, Target, FlexibleTimeWindow } = schedule.properties as never as {
        ScheduleExpression: string;
        Target: Target;
        FlexibleTimeWindow: FlexibleTimeWindow;
      };
      const scheduler = new SchedulerClient(aws.clientConfig);
      const update = (State: 'ENABLED' | 'DISABLED') =>
        scheduler.send(new UpdateScheduleCommand({ Name: schedule.physicalId, ScheduleExpression, Target, FlexibleTimeWindow, State }));
      await update('DISABLED');
      const record = (await world.items()).find((item) => item.pk?.S === `release#${id}` && item.sk?.S === 'record') as never as {
        bake: { M: { token: { S: string } } };
      };
      // Straight to the service: ten thousand of these need no serialiser.
      const sendHeartbeat = (taskToken: string) =>
        aws.stepFunctions.handle({
          method: 'POST',
          path: '/',
          query: new URLSearchParams(),
          headers: { 'x-amz-target': 'AWSStepFunctions.SendTaskHeartbeat', 'content-type': 'application/x-amz-json-1.0' },
          body: Buffer.from(JSON.stringify({ taskToken })),
          caller: { accessKeyId: 'AKIAEXAMPLE', arn: 'arn:aws:iam::123456789012:user/ada' },
        });
      let isOn = true;
      const beat = () => {
        if (!isOn) return;
        void aws.ground.work.track(sendHeartbeat(record.bake.M.token.S));
        clock.at(clock.nowMs() + 240_000, beat);
      };
      beat();
      return async () => {
        isOn = false;
        await update('ENABLED');
      };
    },

    minutes: (count: number) => clock.advanceTo(clock.nowMs() + count * 60_000),
    settled: () => aws.ground.work.settle(),

    /** Lets cloud time pass until the release shows a state. */
    async until(id: string, isSo: (shown: Shown) => boolean, limitMinutes = 120): Promise<Shown> {
      let shown = await world.show(id);
      let shownAfter = -1;
      await clock.advanceUntil(async () => {
        // Nothing is shown differently before a record is written.
        if (shownAfter === writes) return false;
        shownAfter = writes;
        shown = await world.show(id);
        return isSo(shown);
      }, limitMinutes * 60_000);
      return shown;
    },

    untilBaking: (id: string, step = 1) => world.until(id, (shown) => shown.status === 'baking' && shown.step?.number === step),

    /** Lets cloud time pass until the release is over and a minute more, for whatever may come late; then checks that nothing is left behind. */
    async untilOver(id: string, limitMinutes = 120): Promise<Shown> {
      await world.until(id, (shown) => shown.endedAt !== undefined, limitMinutes);
      await world.minutes(2);
      const left = await world.leftBehind(id);
      if (left.length > 0) throw new Error(`G6: left behind by ${id}: ${left.join(', ')}`);
      return world.show(id);
    },

    /** Every item of the table. */
    async items(): Promise<Record<string, { S?: string }>[]> {
      const { Items } = await dynamodb.send(new ScanCommand({ TableName: tableName }));
      return (Items ?? []) as Record<string, { S?: string }>[];
    },

    /** G6: claims, watched alarms, open bakes, unsent events and index entries of a release. */
    async leftBehind(id: string): Promise<string[]> {
      return (await world.items()).flatMap((item) => {
        const [pk, sk] = [item.pk!.S!, item.sk!.S!];
        if (pk === 'claims') return Object.entries(item).flatMap(([name, value]) => (value.S === id ? [name] : []));
        if (pk.startsWith('alarm#') && sk === `release#${id}`) return [`watch of ${pk}`];
        if (pk === `release#${id}` && sk === 'record') return ['bake', 'inFlight', 'command'].filter((name) => name in item);
        return [];
      });
    },

    /** Teal's events about a release, in order. */
    events: (id: string): BusEvent[] =>
      aws.events.recent().filter((event) => event.source === 'teal' && (event.detail as { id?: string }).id === id),

    /** Starts a release and lets it run to its end. */
    async runRelease(request: Record<string, unknown>): Promise<Shown & { path: string[]; eventTypes: string[] }> {
      const id = await world.start(request);
      const shown = await world.untilOver(id);
      return { ...shown, path: await world.path(id), eventTypes: world.events(id).map((event) => event['detail-type']) };
    },
  };
  return world;
}
