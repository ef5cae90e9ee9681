import { listFew } from './words.ts';
/** A target's names: one function and one alias of it. */

/** The one name of a target: "orders-api:live". */
export const targetKey = (named: { function: string; alias: string }) => `${named.function}:${named.alias}`;

/** The targets that a smoke test's `target` means: "orders-api", or "orders-api:live" where two aliases of one function are released. */
export const targetsNamed = <T extends { function: string; alias: string }>(name: string, targets: T[]): T[] =>
  targets.filter((named) => named.function === name || targetKey(named) === name);

/** "orders-api, payments, and 3 more", short enough for a sentence. */
export function listTargets(targets: { function: string; alias: string }[]): string {
  return listFew(
    targets.map((target) => (target.alias === 'live' ? target.function : targetKey(target))),
    ', ',
    3,
  );
}
