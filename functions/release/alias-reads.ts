import { createHash } from 'node:crypto';
import { changedTargets, type ReleaseRecord } from './record.ts';

/**
 * Lambda's control plane takes 15 requests a second for the whole account, and shifts and reverts come first. Looks get
 * one of them: of so many targets the aliases are read at a tick.
 */
export const ALIASES_PER_TICK = 60;

const MINUTE_MS = 60_000;

/**
 * The releases whose look at this tick reads their aliases too: all of them while they are few, else each in its turn,
 * every second, fourth, eighth … minute. The turns double so that none is lost when releases come and go. That a person
 * moved an alias is then seen some minutes later; nothing is written over, since every writer reads the alias itself.
 * Alarms are in every look.
 */
export function whoReadsAliases(baking: ReleaseRecord[], at: string): Set<string> {
  const targets = baking.reduce((sum, record) => sum + changedTargets(record).length, 0);
  const turns = 2 ** Math.max(0, Math.ceil(Math.log2(targets / ALIASES_PER_TICK)));
  const turn = Math.floor(Date.parse(at) / MINUTE_MS) % turns;
  return new Set(baking.flatMap(({ id }) => (placeOf(id) % turns === turn ? [id] : [])));
}

/** Spreads releases evenly, and the same one always to the same place. */
const placeOf = (id: string) => createHash('sha256').update(id).digest().readUInt32BE();

/** Of all that Teal has put in service so many aliases are read at a tick, for what somebody did to them without it. */
export const SERVED_PER_TICK = 20;

/** Those whose turn it is: all while they are few, else as many as fit, each after the other. */
export function whoseTurn<Target>(served: Target[], at: string): Target[] {
  const turns = Math.max(1, Math.ceil(served.length / SERVED_PER_TICK));
  const turn = Math.floor(Date.parse(at) / MINUTE_MS) % turns;
  return served.slice(turn * SERVED_PER_TICK, (turn + 1) * SERVED_PER_TICK);
}
