import { InvokeCommand } from '@aws-sdk/client-lambda';
import { createLocalAws, type LocalAws } from '../../local/aws.ts';
import { createVirtualClock, type VirtualClock } from '../../local/clock.ts';
import type { Faults } from '../../local/faults.ts';
import type { Denial } from '../../local/iam/authority.ts';
import { type Allocation, USUAL_ALLOCATION } from '../../local/lambda/provisioned-concurrency.ts';
import type { BusEvent } from '../../local/service.ts';
import { takeClients } from './clients.ts';
import { createConsole } from './executions.ts';
import { type Behaviours, createInProcessHost, loadHandlers, type OutgoingCall, type Outside } from './in-process-host.ts';
import { createPeople } from './people.ts';
import { createTable } from './table.ts';

export const START_MS = Date.UTC(2026, 0, 15, 12);

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

export type World = Awaited<ReturnType<typeof openWorld>>;

interface Seam extends Omit<OutgoingCall, 'from'> {
  /** Any function when left out. */
  from?: string;
  meet(): Promise<unknown> | unknown;
  isLasting?: boolean;
}

export interface WorldOptions {
  /** What `serverless package` wrote. */
  folder: string;
  seed?: number;
  faults?: Faults;
  onDenied?: (denial: Denial) => void;
  /** Whether time passes for Teal's functions: SDK clients pause and try again, and timeouts hold. */
  hasSdkRetries?: boolean;
}

/** The packaged template in a local AWS on a virtual clock, and what tests do to it as a person would. */
export async function openWorld({ folder, seed = 1, faults, onDenied, hasSdkRetries = false }: WorldOptions) {
  let activeAfterMs = 0;
  let allocation = USUAL_ALLOCATION;
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
  const outside: Outside = {
    async put(url, body) {
      const call = { from: 'aliasResource', operation: 'PutAnswer' };
      await meet('before')(call);
      const { status } = await aws.put(url, body);
      if (status !== 200) throw new Error(`S3 answered ${status}`);
      await meet('after')(call);
    },
    pause: (ms) => aws.ground.work.hold(new Promise((resolve) => aws.ground.clock.at(aws.ground.clock.nowMs() + ms, resolve))),
  };
  const aws: LocalAws<VirtualClock> = createLocalAws({
    clock: (settle) => createVirtualClock(START_MS, settle),
    host: ({ credentialsFor }) =>
      createInProcessHost({
        credentialsFor,
        requestHandlerOf: (caller) => aws.requestHandlerOf(caller),
        behaviours,
        seam: { before: meet('before'), after: meet('after') },
        outside,
        nowMs: () => aws.ground.clock.nowMs(),
        ...(hasSdkRetries && { ground: () => aws.ground }),
      }),
    seed,
    faults,
    onDenied,
    activeAfterMs: () => activeAfterMs,
    allocation: () => allocation,
  });
  const { clients, leave } = takeClients(aws);
  const { resources } = await aws.deploy(folder, { stackName: 'teal', clients });
  await loadHandlers(
    Object.values(resources).flatMap(({ type, properties }) => (type === 'AWS::Lambda::Function' ? [String(properties.Handler)] : [])),
  );
  const idOf = (type: string) => Object.values(resources).find((resource) => resource.type === type)!.physicalId;
  const { clock } = aws.ground;
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

  const people = createPeople(clients);
  const table = createTable(clients, tableName);
  const stepFunctions = createConsole(clients, stateMachineArn);

  const world = {
    aws,
    ...clients,
    ...people,
    ...table,
    ...stepFunctions,
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
      clients.lambda.send(new InvokeCommand({ FunctionName: `teal-prod-${name}`, Payload: Buffer.from(JSON.stringify(event)) })),

    /** From here on a function or version takes this long to become active. */
    slowToActivate(minutes: number) {
      activeAfterMs = minutes * 60_000;
    },

    /** From here on provisioned concurrency comes about like this. */
    allocate(as: Allocation) {
      allocation = as;
    },

    /** Starts a release through the API; fails the test when the API refuses it. */
    async start(request: Record<string, unknown>, headers: Record<string, string> = {}): Promise<string> {
      const { status, body } = await call('POST', '/releases', request, headers);
      if (status !== 202) throw new Error(`POST /releases answered ${status}: ${JSON.stringify(body)}`);
      return body.id as string;
    },

    async show(id: string): Promise<Shown> {
      return (await call<Shown>('GET', `/releases/${id}`)).body;
    },

    command: (id: string, name: 'promote' | 'advance' | 'abort', reason?: string) =>
      call('POST', `/releases/${id}/${name}`, reason === undefined ? undefined : { reason }),

    minutes: (count: number) => clock.advanceTo(clock.nowMs() + count * 60_000),
    settled: () => aws.ground.work.settle(),

    /** Lets cloud time pass until `promise` is settled: a call that is held waits for it. */
    async meanwhile<T>(promise: Promise<T>): Promise<T> {
      let isDone = false;
      const done = () => {
        isDone = true;
      };
      promise.then(done, done);
      await clock.advanceUntil(() => isDone, 3_600_000);
      return promise;
    },

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

    /** Teal's events about a release, in order. */
    events: (id: string): BusEvent[] =>
      aws.events.recent().filter((event) => event.source === 'teal' && (event.detail as { id?: string }).id === id),

    /** Starts a release and lets it run to its end. */
    async runRelease(request: Record<string, unknown>): Promise<Shown & { path: string[]; eventTypes: string[] }> {
      const id = await world.start(request);
      const shown = await world.untilOver(id);
      return { ...shown, path: await world.path(id), eventTypes: world.events(id).map((event) => event['detail-type']) };
    },

    async close() {
      await aws.close();
      leave();
    },
  };
  return world;
}
