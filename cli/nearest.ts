import { distance } from 'fastest-levenshtein';
import type { Aws } from './aws.ts';

/** How many letters may differ in ten. */
const MOST_DIFFERENT = 0.4;
const MOST_NAMES = 3;

/**
 * A sentence for each name that no function of the account has, with the nearest names. Nothing when the person's
 * credentials may not list functions: it is a hint.
 */
export async function suggestFunctions(aws: Aws, names: string[]): Promise<string[]> {
  const known = await aws.listFunctions().catch(() => undefined);
  if (!known) return [];
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return `No function is called ${name}${near.length > 0 ? `: did you mean ${near.join(' or ')}?` : '.'}`;
    });
}

/** The names most like this one, the most like it first: few letters differ, or one holds the other. */
export function nearest(name: string, known: string[]): string[] {
  const wanted = name.toLowerCase();
  return known
    .map((one) => {
      const other = one.toLowerCase();
      const isPart = Math.min(wanted.length, other.length) > 2 && (other.includes(wanted) || wanted.includes(other));
      return {
        one,
        isNear: isPart || distance(wanted, other) <= MOST_DIFFERENT * Math.max(wanted.length, other.length),
        far: distance(wanted, other),
      };
    })
    .filter(({ isNear }) => isNear)
    .sort((left, right) => left.far - right.far || left.one.localeCompare(right.one))
    .slice(0, MOST_NAMES)
    .map(({ one }) => one);
}
