import { ReleaseError } from './errors.ts';
import { type ReleaseRecord, type ReleaseTarget, weightOf } from './record.ts';

/** Who gets the traffic of an alias. */
export interface Routing {
  /** The alias's own version. */
  version: string;
  /** Percent of traffic by version that goes elsewhere; empty when the alias is not split. */
  weights: Record<string, number>;
}

/** What a writer may do to an alias that it has just read. */
export type Write =
  | { act: 'write'; routing: Routing } // with the RevisionId just read, or begin again
  | { act: 'create'; version: string } // unless there is an alias of its name by now: then begin again
  | { act: 'nothing' } // it is as it should be
  | { act: 'leave'; why: string }; // a person moved it: it is theirs

export const allTraffic = (version: string): Routing => ({ version, weights: {} });

/**
 * The routing of a step; undefined where there is no alias before Promote makes it. Blue stays the alias's version, also
 * at 100 percent, so that a revert only clears weights; but for a target whose alias may not be split, which has all
 * on blue or all on green.
 */
export function routingOfStep(target: ReleaseTarget, weightPercent: number): Routing | undefined {
  if (target.isFirst) return undefined;
  if (target.isSwitch) return allTraffic(weightPercent === 100 ? greenOf(target) : blueOf(target));
  return { version: blueOf(target), weights: { [greenOf(target)]: weightPercent } };
}

/** Where an alias is before the first step and after a revert: on blue alone, or nowhere. */
const routingBefore = (target: ReleaseTarget): Routing | undefined => (target.isFirst ? undefined : allTraffic(blueOf(target)));

/**
 * The seven rules, where they say what may be written. Every writer of an alias (ShiftTraffic, Promote, Revert, brake,
 * heal) reads the alias, then the record, asks here, and writes with the RevisionId it read; there is no other way.
 *
 * The order matters: whatever happens to the release after its record was read moves the alias first (a revert
 * writes even an alias that is on blue), so a writer whose record is old finds its RevisionId spent.
 */
export function decideWrite(intent: Intent, record: ReleaseRecord, target: ReleaseTarget, found: Routing | undefined): Write {
  // Rules 3, 4 and 7: no claim, no write. What the next release of this target does is none of our business.
  if (record.claim !== 'held')
    throw new ReleaseError('ReleaseOver', `release ${record.id} no longer holds ${target.function}:${target.alias}`);
  if (intent.kind === 'shift') return shift(intent.step, record, target, found);
  return settle(record, target, found);
}

/** What a writer wants: to shift to a step, or to bring the alias to the side that the release decided on. */
export type Intent = { kind: 'shift'; step: number } | { kind: 'settle' };

/** Rule 3, the forward write. */
function shift(step: number, record: ReleaseRecord, target: ReleaseTarget, found: Routing | undefined): Write {
  if (record.decision)
    throw new ReleaseError('ReleaseOver', `release ${record.id} has decided to ${record.decision.side}: ${record.decision.reason.message}`);
  if (record.step !== step)
    throw new ReleaseError('ReleaseOver', `release ${record.id} is at step ${(record.step ?? -1) + 1}, not at step ${step + 1}`);
  const wanted = routingOfStep(target, record.plan[step]!.weightPercent);
  if (isSame(found, wanted)) return { act: 'nothing' };
  // Stricter than rule 5: the step before was seen on every alias when its bake ended, so anything else is a person's.
  const before = step === 0 ? routingBefore(target) : routingOfStep(target, record.plan[step - 1]!.weightPercent);
  if (wanted && isSame(found, before)) return { act: 'write', routing: wanted };
  return { act: 'leave', why: describeMove(target, found) };
}

/** Rule 4, the backward write, and its mirror after Promote won. */
function settle(record: ReleaseRecord, target: ReleaseTarget, found: Routing | undefined): Write {
  const side = record.decision?.side;
  // Rule 1: nobody promotes or reverts before the decision is written.
  if (!side) throw new Error(`release ${record.id} has no decision; nothing may be settled`);
  const wanted = side === 'promote' ? allTraffic(greenOf(target)) : routingBefore(target);
  // Where an alias is made only after the decision to promote, a revert has nothing to take back, and none is in flight.
  if (isSame(found, wanted) && (side === 'promote' || !found)) return { act: 'nothing' };
  // What a person did without Teal is recorded, and not done again after he has thought better of it.
  if (!wanted || record.rollback?.isDirect || !isOurs(record, target, found)) return { act: 'leave', why: describeMove(target, found) };
  if (!found) return { act: 'create', version: wanted.version };
  // Blue again, even when it is on blue: the new RevisionId shuts out a forward write that is still in flight.
  return { act: 'write', routing: wanted };
}

/** Rule 5: an alias is ours when it is on blue alone, or as a step that was tried wrote it. Never by RevisionId: a lost reply of our own moves that too. */
export function isOurs(record: ReleaseRecord, target: ReleaseTarget, found: Routing | undefined): boolean {
  if (isSame(found, routingBefore(target))) return true;
  return record.plan.slice(0, (record.step ?? -1) + 1).some((step) => isSame(found, routingOfStep(target, step.weightPercent)));
}

/** Whether an alias is as the step being baked wrote it; what a look expects. */
export function isAtStep(record: ReleaseRecord, target: ReleaseTarget, found: Routing | undefined): boolean {
  return isSame(found, routingOfStep(target, weightOf(record)));
}

/** An alias that there is not is the same only as none. */
const isSame = (one: Routing | undefined, other: Routing | undefined): boolean =>
  one && other ? isSameRouting(one, other) : one === other;

/** Weights travel as floats between 0 and 1, so percents are compared to a millionth. */
export function isSameRouting(one: Routing, other: Routing): boolean {
  const versions = (routing: Routing) => Object.entries(routing.weights).filter(([, percent]) => percent > 0);
  return (
    one.version === other.version &&
    versions(one).length === versions(other).length &&
    versions(one).every(([version, percent]) => Math.abs(percent - (other.weights[version] ?? 0)) < 1e-6)
  );
}

/** "version 7", or "version 7 with 10 % on version 8". */
export function describeRouting(routing: Routing): string {
  const parts = Object.entries(routing.weights).map(([version, percent]) => `${Math.round(percent * 100) / 100} % on version ${version}`);
  return [`version ${routing.version}`, ...(parts.length > 0 ? [parts.join(' and ')] : [])].join(' with ');
}

/** Says who is where, for a target that somebody else moved. */
export function describeMove(target: ReleaseTarget, found: Routing | undefined): string {
  const alias = `alias ${target.alias} of ${target.function}`;
  if (target.isFirst && found) return `${alias}, which this release was to make, is there already, on ${describeRouting(found)}`;
  return found ? `${alias} is on ${describeRouting(found)}, which this release did not write` : `${alias} is gone`;
}

/** Says why a function did not get an alias. */
export const describeUnmade = ({ function: name, alias }: { function: string; alias: string }, version: string): string =>
  `alias ${alias} of ${name} was not made: version ${version} or the function itself is gone`;

function blueOf(target: ReleaseTarget): string {
  if (!target.blue) throw new Error(`${target.function}:${target.alias} has no blue yet`);
  return target.blue;
}

function greenOf(target: ReleaseTarget): string {
  if (!target.green) throw new Error(`${target.function}:${target.alias} has no green yet`);
  return target.green;
}
