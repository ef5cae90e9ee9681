/**
 * The z of Wilcoxon's rank sum test of whether green's rates, less `shift`, are higher than blue's: the normal approximation with
 * corrections for ties and continuity, as R's wilcox.test and Kayenta have it. Both sorted upwards. 0 when all are tied.
 */
export function rankSumZ(green: readonly number[], blue: readonly number[], shift: number): number {
  let [greenAt, blueAt] = [0, 0];
  let [wins, tieCorrection] = [0, 0];
  while (greenAt < green.length || blueAt < blue.length) {
    const nextGreen = greenAt < green.length ? green[greenAt]! - shift : Number.POSITIVE_INFINITY;
    const value = Math.min(nextGreen, blue[blueAt] ?? Number.POSITIVE_INFINITY);
    const [greenFrom, blueFrom] = [greenAt, blueAt];
    while (greenAt < green.length && green[greenAt]! - shift === value) greenAt++;
    while (blueAt < blue.length && blue[blueAt] === value) blueAt++;
    wins += (greenAt - greenFrom) * ((blueFrom + blueAt) / 2);
    const tied = greenAt - greenFrom + blueAt - blueFrom;
    tieCorrection += tied ** 3 - tied;
  }
  const all = green.length + blue.length;
  const pairs = green.length * blue.length;
  const variance = (pairs / 12) * (all + 1 - tieCorrection / (all * (all - 1)));
  const excess = wins - pairs / 2;
  return variance > 0 ? (excess - Math.sign(excess) / 2) / Math.sqrt(variance) : 0;
}

/** The Hodges-Lehmann estimate of how much higher green's rates are: the median of the differences of all pairs. */
export function hodgesLehmann(green: readonly number[], blue: readonly number[]): number {
  const differences = Float64Array.from(green.flatMap((rate) => blue.map((other) => rate - other))).sort();
  const middle = differences.length >> 1;
  return differences.length % 2 === 1 ? differences[middle]! : (differences[middle - 1]! + differences[middle]!) / 2;
}

/** The failure rate of a minute, 0 without a request. */
export const rateOf = (bad: number, total: number) => (total === 0 ? 0 : bad / total);
