import { describeMoment } from './hooks.ts';
import type { Reason, ReasonCode, ReleaseRecord } from './record.ts';

/** What a Catch hands on. */
export interface Failure {
  Error: string;
  Cause?: string;
}

/** The reason of a release that a failed state ends, unless somebody has decided already. */
export function reasonOf({ Error: name, Cause }: Failure, record: ReleaseRecord | undefined): Reason {
  const message = messageOf(Cause) || name;
  // It failed its task by the token, with whatever error it liked, or nobody could call it.
  const hook = CODES[name] ? undefined : record?.hooks?.find(({ moment, status }) => moment === 'beforeTraffic' && status === 'called');
  if (hook) return { code: 'hook', message: `${describeMoment(hook.moment)} hook ${hook.function} failed: ${name}: ${message}` };
  return { code: CODES[name] ?? 'error', message: CODES[name] ? message : `${name}: ${message}` };
}

const CODES: Record<string, ReasonCode> = {
  PreflightFailed: 'preflight',
  VersionNotActive: 'preflight',
  SmokeTestFailed: 'smoke-test',
  HookFailed: 'hook',
  NotApproved: 'declined',
  AliasMoved: 'alias-moved',
  Blind: 'blind',
};

/** A function's error comes as JSON text with `errorMessage`, everything else as plain text. */
function messageOf(cause: string | undefined): string {
  try {
    const parsed: unknown = JSON.parse(cause ?? '');
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // Plain text.
  }
  return cause ?? '';
}

const STOPPED_BY_STATUS: Record<string, Reason> = {
  ABORTED: { code: 'stopped', message: 'its execution was stopped' },
  TIMED_OUT: { code: 'error', message: 'its execution timed out' },
  FAILED: { code: 'error', message: 'its execution failed' },
  SUCCEEDED: { code: 'error', message: 'its execution ended before the release did' },
};

/** Why a release whose execution ended by itself reverts: by the execution's status, whoever heals it. */
export const reasonOfStatus = (status: string): Reason =>
  STOPPED_BY_STATUS[status] ?? { code: 'error', message: `its execution is ${status}` };
