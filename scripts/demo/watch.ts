import { setTimeout as wait } from 'node:timers/promises';
import { GetAliasCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { ALIAS, FUNCTION } from './mobile-api.ts';
import type { Happening } from './story.ts';

const ALIAS_EVERY_MS = 50;
const PULSE_EVERY_MS = 1000;

export interface WatchOptions {
  lambda: LambdaClient;
  nowMs(): number;
  tell(happening: Happening): void;
  signal: AbortSignal;
}

/** Tells what the alias is, as anyone could ask AWS, until it is aborted. Rejects when it cannot ask. */
export async function watch({ lambda, nowMs, tell, signal }: WatchOptions): Promise<void> {
  const seeAlias = async () => {
    const { FunctionVersion, RoutingConfig } = await lambda.send(new GetAliasCommand({ FunctionName: FUNCTION, Name: ALIAS }));
    tell({ type: 'alias-seen', atMs: nowMs(), version: FunctionVersion!, weights: RoutingConfig?.AdditionalVersionWeights ?? {} });
  };
  await Promise.all([
    repeat(ALIAS_EVERY_MS, signal, seeAlias),
    repeat(PULSE_EVERY_MS, signal, () => tell({ type: 'pulse', atMs: nowMs() })),
  ]);
}

/** Does something at once and again after each pause, until it is aborted. */
async function repeat(everyMs: number, signal: AbortSignal, task: () => unknown): Promise<void> {
  while (!signal.aborted) {
    await task();
    await pause(everyMs, signal);
  }
}

/** Ends early, and quietly, when it is aborted. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal }).catch(() => {});
