import fc from 'fast-check';
import { formatWalk, walks } from './walk.ts';
import { playWalk } from './walk-play.ts';

export interface WalkResult {
  walks: number;
  /** Those that the API took. */
  releases: number;
  /** Faults that were met, and acts. */
  troubles: number;
  ends: Record<string, number>;
  /** Empty, or one story that ends badly, as short as could be found. */
  broken: string[];
}

const WALKS_PER_ROUND = 8;
/** Until then a counterexample is made shorter. */
const LONGEST_ROUND_MS = 240_000;

/** Plays random walks until so many releases were taken, or the one that a path names. */
export async function runWalks(
  folder: string,
  { seed, releases, path }: { seed: number; releases: number; path?: string },
): Promise<WalkResult> {
  const result: WalkResult = { walks: 0, releases: 0, troubles: 0, ends: {}, broken: [] };
  for (let round = 0; result.releases < releases && result.broken.length === 0 && !(path && round > 0); round++) {
    // Seeds of rounds lie far apart, so that no two workers walk the same way.
    const roundSeed = seed + round * 1_000_003;
    const property = fc.asyncProperty(walks, async (walk) => {
      const { broken, ends, troubles } = await playWalk(folder, walk);
      if (broken.length > 0) throw new Error(broken.join('\n'));
      result.walks++;
      result.troubles += troubles;
      result.releases += ends.length;
      for (const end of ends) result.ends[end] = (result.ends[end] ?? 0) + 1;
    });
    const parameters = {
      seed: roundSeed,
      numRuns: WALKS_PER_ROUND,
      interruptAfterTimeLimit: LONGEST_ROUND_MS,
      ...(path && { path, endOnFailure: true }),
    };
    const details = await fc.check(property, parameters);
    if (!details.failed || !details.counterexample) continue;
    const why = details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance);
    result.broken.push(
      `${formatWalk(details.counterexample[0])}\n  breaks:\n    ${why.replaceAll('\n', '\n    ')}\n  Replay it: npm run test:walk -- --seed ${roundSeed} --path "${details.counterexamplePath}"`,
    );
  }
  return result;
}
