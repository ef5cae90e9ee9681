import type { Aws } from '../aws/connect.ts';
import { settleTask } from '../aws/executions.ts';
import { invokeFunction } from '../aws/function.ts';
import { changeRecord, getRecord } from '../aws/records.ts';
import type { Attempt } from '../release/attempt.ts';
import { ReleaseError } from '../release/errors.ts';
import { runAt } from '../release/hook-run.ts';
import {
  describeTimeout,
  failedHook,
  type HookAnswer,
  hookEvent,
  hooksOf,
  type Moment,
  readAnswer,
  withHookAnswered,
  withHookCalled,
} from '../release/hooks.ts';
import { isOver, type ReleaseRecord } from '../release/record.ts';

/** From the state of a moment, with its task token. */
export interface HookEvent extends Attempt {
  releaseId: string;
  at: string;
  /** Which of the moment's hooks is to be called; one past the last when all were. */
  hook: number;
  /** With what the hook before has answered. */
  state: { answer?: unknown };
}

type Needs = Pick<Aws, 'lambda' | 'sfn' | 'table'>;

/**
 * Calls one hook of a moment, after having noted what the one before it answered. Returns the record when there is none
 * left to call, or one has failed: then the moment is over. Otherwise undefined: the state's token is settled, or
 * the hook holds it and settles it when it is done. `mayCall` throws when the release is not at this moment.
 */
export async function callHook(
  aws: Needs,
  moment: Moment,
  { releaseId, at, redrive, attempt, token, hook, state }: HookEvent,
  { invokedFunctionArn }: { invokedFunctionArn: string },
  mayCall: (record: ReleaseRecord) => void,
): Promise<ReleaseRecord | undefined> {
  const known = await getRecord(aws.table, releaseId);
  if (!known) throw new ReleaseError('ReleaseOver', `there is no release ${releaseId}`);
  mayCall(known);
  const answer = (hookNumber: number, said: HookAnswer) => (record: ReleaseRecord) => {
    mayCall(record);
    return withHookAnswered(record, { moment, hook: hookNumber, answer: said, at });
  };
  const before = hook > 0 ? await changeRecord(aws.table, known, answer(hook - 1, readLater(state.answer))) : known;
  if (failedHook(before, moment) || hook >= hooksOf(before, moment).length) return before;

  const calling = await changeRecord(aws.table, before, (record) => {
    mayCall(record);
    return withHookCalled(record, { moment, hook, redrive, attempt, token, at });
  });
  if (calling.waiting?.token !== token) return undefined;
  const run = runAt(calling, moment, hook)!;
  // It has answered an attempt of ours that did not live to say so.
  const said = run.status === 'called' ? await call(aws, calling, { moment, hook, token }, invokedFunctionArn) : undefined;
  if (said?.status === 'pending') return undefined;
  const answered = said ? await changeRecord(aws.table, calling, answer(hook, said)) : calling;
  if (failedHook(answered, moment)) return answered;
  await settleTask(aws.sfn, token, { status: 'passed', message: `${run.function} passed` });
  return undefined;
}

/** What comes by the token is an answer for good: there is nothing left to wait for. */
function readLater(said: unknown): HookAnswer {
  const answer = readAnswer(said);
  return answer.status === 'pending' ? { status: 'failed', reason: 'it called back to say that it is pending' } : answer;
}

async function call(
  { lambda }: Pick<Aws, 'lambda'>,
  record: ReleaseRecord,
  called: { moment: Moment; hook: number; token: string },
  ownArn: string,
): Promise<HookAnswer> {
  const name = hooksOf(record, called.moment)[called.hook]!.function;
  const functionArn = (other: string) => ownArn.replace(/(:function:).*$/, `$1${other}`);
  const answer = await invokeFunction(lambda, name, hookEvent(record, called, functionArn));
  if (!answer) return { status: 'failed', reason: `function ${name} does not exist in this account and region` };
  if (answer.functionError) return { status: 'failed', reason: messageOf(answer.payload) };
  return readAnswer(JSON.parse(answer.payload || 'null'));
}

function messageOf(payload: string): string {
  const parsed: unknown = JSON.parse(payload || 'null');
  const said = typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed ? String(parsed.errorMessage) : payload;
  return said.slice(0, 1000);
}

/** Stops a moment after the end of a release, or without its claim: what was decided is the other side's. */
export const assertDecided =
  (side: 'promote' | 'revert') =>
  (record: ReleaseRecord): void => {
    if (isOver(record) || record.claim !== 'held' || record.decision?.side !== side)
      throw new ReleaseError('ReleaseOver', `release ${record.id} is ${record.status}`);
  };

/** A hook that has not answered in time has failed; its state goes on with that. */
export async function timeOutHook(aws: Pick<Aws, 'sfn' | 'table'>, record: ReleaseRecord, moment: Moment, at: string): Promise<void> {
  const { hook = 0, token } = record.waiting!;
  const reason = describeTimeout(hooksOf(record, moment)[hook]!);
  const answered = await changeRecord(aws.table, record, (current) =>
    withHookAnswered(current, { moment, hook, answer: { status: 'failed', reason }, at }),
  );
  if (answered.waiting?.token === token) await settleTask(aws.sfn, token, runAt(answered, moment, hook));
}
