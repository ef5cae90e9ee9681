import { CreateFunctionCommand, type CreateFunctionCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { createVirtualClock } from '../../local/clock.ts';
import type { FunctionHost, HostedVersion, RuntimeAnswer, RuntimeCall } from '../../local/lambda/host.ts';
import { createLambda } from '../../local/lambda/lambda.ts';
import { createRandom } from '../../local/random.ts';
import { createRequestHandler } from '../../local/request-handler.ts';
import type { Ground, MetricSink } from '../../local/service.ts';
import { createWork } from '../../local/work.ts';

export const ROLE = 'arn:aws:iam::123456789012:role/orders';
export const START_MS = Date.UTC(2026, 0, 1);

type Datum = Parameters<MetricSink['record']>[0];
type Answer = Partial<Omit<RuntimeAnswer, 'payload'>> & { payload?: unknown };

/** A Lambda service on a virtual clock, spoken to through the real SDK client. */
export function createWorld({
  host = fakeHost(),
  seed = 1,
  activeAfterMs = 0,
}: {
  host?: FunctionHost;
  seed?: number;
  activeAfterMs?: number;
} = {}) {
  const work = createWork();
  const clock = createVirtualClock(START_MS, work.settle);
  const metrics: Datum[] = [];
  let ids = 0;
  const ground: Ground = {
    clock,
    work,
    region: 'eu-central-1',
    accountId: '123456789012',
    random: createRandom(seed),
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
  };
  const lambda = createLambda(ground, { metrics: { record: (datum) => metrics.push(datum) }, host, activeAfterMs });
  const caller = { accessKeyId: 'AKIA', arn: 'arn:aws:iam::123456789012:user/tester' };
  const client = new LambdaClient({
    region: ground.region,
    endpoint: 'http://local.aws',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: createRequestHandler((request) => lambda.handle({ ...request, caller })),
  });
  return { lambda, client, clock, work, metrics, ground };
}

/** The input of a CreateFunction that works. */
export function aFunction(changes: Partial<CreateFunctionCommandInput> = {}): CreateFunctionCommandInput {
  return {
    FunctionName: 'orders',
    Role: ROLE,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { ZipFile: zipOf({ 'index.js': 'exports.handler = async () => 1;' }) },
    ...changes,
  };
}

export const create = (client: LambdaClient, changes?: Partial<CreateFunctionCommandInput>) =>
  client.send(new CreateFunctionCommand(aFunction(changes)));

export const zipOf = (files: Record<string, string>) =>
  zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));

/** Runs no code: `answer` is the function. */
export function fakeHost(
  answer: (version: HostedVersion, call: RuntimeCall) => Answer | Promise<Answer> = () => ({}),
): FunctionHost & { opened: HostedVersion[]; closed: HostedVersion[] } {
  const opened: HostedVersion[] = [];
  const closed: HostedVersion[] = [];
  return {
    opened,
    closed,
    open(version) {
      opened.push(version);
      return {
        async invoke(call) {
          const { payload = null, logTail = '', ...rest } = await answer(version, call);
          return { payload: Buffer.from(JSON.stringify(payload)), logTail, ...rest };
        },
        async close() {
          closed.push(version);
        },
      };
    },
  };
}
