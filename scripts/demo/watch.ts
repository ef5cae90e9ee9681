import { setTimeout as wait } from 'node:timers/promises';
import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetAliasCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { ALARM, ALIAS, FUNCTION } from './mobile-api.ts';
import type { Happening } from './story.ts';

const ALIAS_EVERY_MS = 50;
const ALARM_EVERY_MS = 200;
const PULSE_EVERY_MS = 1000;

export interface WatchOptions {
  lambda: LambdaClient;
  cloudwatch: CloudWatchClient;
  nowMs(): number;
  tell(happening: Happening): void;
  signal: AbortSignal;
}

/** Tells what the alias and the alarm are, as anyone could ask AWS, until it is aborted. Rejects when it cannot ask. */
export async function watch({ lambda, cloudwatch, nowMs, tell, signal }: WatchOptions): Promise<void> {
  const seeAlias = async () => {
    const { FunctionVersion, RoutingConfig } = await lambda.send(new GetAliasCommand({ FunctionName: FUNCTION, Name: ALIAS }));
    tell({ type: 'alias-seen', atMs: nowMs(), version: FunctionVersion!, weights: RoutingConfig?.AdditionalVersionWeights ?? {} });
  };
  const seeAlarm = async () => {
    const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [ALARM] }));
    const { StateValue, StateTransitionedTimestamp } = MetricAlarms![0]!;
    tell({ type: 'alarm-seen', atMs: nowMs(), name: ALARM, state: StateValue!, changedMs: StateTransitionedTimestamp!.getTime() });
  };
  await Promise.all([
    repeat(ALIAS_EVERY_MS, signal, seeAlias),
    repeat(ALARM_EVERY_MS, signal, seeAlarm),
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
