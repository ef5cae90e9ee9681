import type { Execution } from './execution.ts';
import { MAX_EVENTS } from './history.ts';

const DAY_MS = 86_400_000;
const REDRIVABLE_MS = 14 * DAY_MS;
const MAX_REDRIVES = 1000;
/** An execution lives a year at most. */
export const MAX_OPEN_MS = 365 * DAY_MS;
/** What an event can carry: AWS leaves the input out first, then the output. */
const MAX_EVENT_DATA = 248 * 1024;

/** Why AWS would not redrive `execution`; undefined when it would. */
export function notRedrivableReason(execution: Execution, nowMs: number): string | undefined {
  const { status, machine, history, startMs, stopMs = nowMs } = execution;
  if (machine.status === 'DELETING') return 'State machine is in DELETING status';
  if (status === 'RUNNING' || status === 'SUCCEEDED') return `Execution is ${status} and cannot be redriven`;
  if (history.length >= MAX_EVENTS - 1) return 'Execution history event limit exceeded';
  if (nowMs - startMs >= MAX_OPEN_MS) return 'Execution has exceeded the max execution time';
  if (nowMs - stopMs > REDRIVABLE_MS) return 'Execution redrivable period exceeded';
  if (execution.redriveCount >= MAX_REDRIVES) return 'Execution redrive limit exceeded';
  return undefined;
}

/** The answer of DescribeExecution. */
export function executionView(execution: Execution, nowMs: number) {
  const { input, output, error, cause, traceHeader } = execution;
  return {
    ...executionSummary(execution),
    input,
    inputDetails: { included: true },
    ...(output !== undefined && { output, outputDetails: { included: true } }),
    error,
    cause,
    traceHeader,
    ...redriveView(execution, nowMs),
  };
}

/** An element of ListExecutions. */
export function executionSummary({ arn, machine, name, status, startMs, stopMs, redriveCount, redriveMs }: Execution) {
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status,
    startDate: startMs / 1000,
    stopDate: stopMs === undefined ? undefined : stopMs / 1000,
    redriveCount,
    redriveDate: redriveMs === undefined ? undefined : redriveMs / 1000,
  };
}

/** The detail of `Step Functions Execution Status Change`: milliseconds for dates, null for what is not there. */
export function statusChangeDetail(execution: Execution, nowMs: number) {
  const { arn, machine, name, status, startMs, stopMs, input, output, error, cause, redriveMs } = execution;
  const outputSize = output === undefined ? 0 : JSON.stringify(output).length;
  const hasInput = JSON.stringify(input).length + outputSize <= MAX_EVENT_DATA;
  const hasOutput = outputSize <= MAX_EVENT_DATA;
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status,
    startDate: startMs,
    stopDate: stopMs ?? null,
    input: hasInput ? input : null,
    inputDetails: { included: hasInput },
    output: (hasOutput ? output : null) ?? null,
    outputDetails: output === undefined ? null : { included: hasOutput },
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    redriveDate: redriveMs ?? null,
    redriveStatusReason: null,
    ...redriveView(execution, nowMs),
    error: error ?? null,
    cause: cause ?? null,
  };
}

function redriveView(execution: Execution, nowMs: number) {
  const reason = notRedrivableReason(execution, nowMs);
  return {
    redriveCount: execution.redriveCount,
    redriveStatus: reason ? 'NOT_REDRIVABLE' : 'REDRIVABLE',
    ...(reason && { redriveStatusReason: reason }),
  };
}
