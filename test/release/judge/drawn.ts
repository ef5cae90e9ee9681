/** Seeded chance. */

/** From 0 to below 1. */
export type Random = () => number;

/** Mulberry32. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of n come to pass, each with this probability: counted by the gaps between them. */
export function binomial(random: Random, n: number, probability: number): number {
  if (probability <= 0) return 0;
  if (probability > 0.5) return n - binomial(random, n, 1 - probability);
  const logMiss = Math.log1p(-probability);
  let hits = 0;
  for (let at = gap(); at <= n; at += gap()) hits++;
  return hits;

  function gap() {
    return Math.floor(Math.log(1 - random()) / logMiss) + 1;
  }
}
