import { logLikelihoodRatios } from './likelihood.ts';
import { assertCounts, isTelling, type Minute, type Odds } from './minute.ts';

/**
 * What a gambler who began with 1 has who bets every minute that green is worse. On a healthy green no way of betting is
 * expected to gain, so the wealth ever reaches 1/α with a probability of at most α, however long it is watched (Ville 1939).
 */
export interface Wealth {
  logWealth: number;
  /** How the wealth is spread over cash and the six bets; adds up to 1. */
  shares: number[];
  /** Judged minutes that said something. */
  tellingMinutes: number;
}

/** How many times the tolerated odds each bet says; 1 is cash, which neither gains nor loses. */
const BETS = [1, 1.5, 2, 3, 5, 10, 30] as const;
const FIRST_SHARES = [0.2, 0.16, 0.2, 0.16, 0.12, 0.096, 0.064] as const;
/** Half to cash, half to the bets in their first proportions: what a little of the wealth goes back to each minute. */
const MIXTURE = FIRST_SHARES.map((share, bet) => (bet === 0 ? 0.5 : share / 1.6));
/** No minute by itself decides: one sick instance fails a whole minute of one version. */
export const LOG_MOST_PER_MINUTE = Math.log(20);
/** The first share of mixing is one in so many. */
const MIXING_BEGINS_AT = 300;

export const newWealth = (): Wealth => ({ logWealth: 0, shares: [...FIRST_SHARES], tellingMinutes: 0 });

/** Each bet with the share of the wealth that it begins with. */
export const FIRST_BETS = BETS.slice(1).map((odds, index) => ({ odds, share: FIRST_SHARES[index + 1]! }));

/**
 * The wealth after one more minute: times Σ v·L, at most 20; then the shares v follow what they gained and are mixed, so
 * that what breaks after twelve healthy hours is found too (fixed share: Herbster and Warmuth 1998). A minute that says
 * nothing changes nothing. Throws RangeError for counts that cannot be.
 */
export function bet(wealth: Wealth, minute: Minute, odds: Odds): Wealth {
  assertCounts(minute);
  if (!isTelling(minute)) return wealth;
  const logs = logLikelihoodRatios(minute, BETS, odds).map((log, index) => Math.log(wealth.shares[index]!) + log);
  const logFactor = logSum(logs);
  // A number that cannot be told must not read as "no evidence".
  if (!Number.isFinite(logFactor)) throw new RangeError(`no evidence can be computed of ${JSON.stringify(minute)}`);
  const tellingMinutes = wealth.tellingMinutes + 1;
  const mixed = 1 / (tellingMinutes + MIXING_BEGINS_AT);
  return {
    logWealth: wealth.logWealth + Math.min(logFactor, LOG_MOST_PER_MINUTE),
    shares: logs.map((log, index) => (1 - mixed) * Math.exp(log - logFactor) + mixed * MIXTURE[index]!),
    tellingMinutes,
  };
}

/**
 * The log-wealth of a release from those of its metrics, a list for each target. Metrics of one target share requests, so
 * they are averaged; requests of different functions are drawn apart, so half of the release is on the average of its
 * targets and half on their product, which finds what harms many a little. No budget is split: an average of such wealths
 * is one, and so is a product of those of different functions. A release without any has 0.
 */
export function combine(targets: number[][]): number {
  const wealths = targets.filter((metrics) => metrics.length > 0).map(logAverage);
  if (wealths.length === 0) return 0;
  return logAverage([logAverage(wealths), wealths.reduce((sum, log) => sum + log, 0)]);
}

const logAverage = (logs: number[]): number => logSum(logs) - Math.log(logs.length);

/** ln Σ exp, without overflow. */
function logSum(logs: number[]): number {
  const most = Math.max(...logs);
  return most === Number.NEGATIVE_INFINITY ? most : most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
}
