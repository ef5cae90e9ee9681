import { CreateFunctionCommand, type CreateFunctionCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import type { FunctionHost, HostedVersion, RuntimeAnswer, RuntimeCall } from '../../local/lambda/host.ts';
import { createLambda } from '../../local/lambda/lambda.ts';
import { type Allocation, USUAL_ALLOCATION } from '../../local/lambda/provisioned-concurrency.ts';
import type { MetricSink } from '../../local/service.ts';
import { aGround, clientConfigFor } from './a-ground.ts';

export const ROLE = 'arn:aws:iam::123456789012:role/orders';
export const ORDERS_ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';

type Datum = Parameters<MetricSink['record']>[0];
type Answer = Partial<Omit<RuntimeAnswer, 'payload'>> & { payload?: unknown };

/** A Lambda service on a virtual clock, spoken to through the real SDK client. */
export function createWorld({
  host = fakeHost(),
  activeAfterMs = 0,
  allocation = USUAL_ALLOCATION,
}: {
  host?: FunctionHost;
  activeAfterMs?: number;
  allocation?: Allocation;
} = {}) {
  const ground = aGround();
  const metrics: Datum[] = [];
  const lambda = createLambda(ground, {
    metrics: { record: (datum) => metrics.push(datum) },
    host,
    activeAfterMs: () => activeAfterMs,
    allocation: () => allocation,
  });
  return { lambda, client: new LambdaClient(clientConfigFor(lambda)), clock: ground.clock, metrics };
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
