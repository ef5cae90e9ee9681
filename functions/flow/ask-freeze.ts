import type { Aws } from '../aws/connect.ts';
import { invokeFunction } from '../aws/function.ts';
import type { Step } from '../release/plan.ts';
import type { ReleaseRequest } from '../release/request.ts';
import type { Freeze } from '../release/within-freeze.ts';

/** Whether the stack says anything of freezes: where it does not nobody is asked. */
export const hasFreezes = ({ freezeWindows }: Pick<Aws['names'], 'freezeWindows'>): boolean => !/^\s*(\[\s*\])?\s*$/.test(freezeWindows);

/** What keeps a release from beginning now, or at its own time; undefined when nothing does, or it overrides the windows. */
export async function askFreeze(
  { lambda, names }: Pick<Aws, 'lambda' | 'names'>,
  { request, plan }: { request: ReleaseRequest; plan: Step[] },
  at: string,
): Promise<Freeze | undefined> {
  if (!hasFreezes(names) || request.overrideFreeze !== undefined) return undefined;
  const isToCome = request.startAt !== undefined && Date.parse(request.startAt) > Date.parse(at);
  const answer = await invokeFunction(lambda, names.freezeFunction, { formatVersion: 2, plan, startAt: isToCome ? request.startAt : at });
  if (!answer || answer.functionError) throw new Error(`nobody can tell whether a freeze is on: ${answer?.payload ?? 'freeze is gone'}`);
  return (JSON.parse(answer.payload) as Freeze | null) ?? undefined;
}
