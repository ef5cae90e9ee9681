import type { Minute } from './minute.ts';

/** Judged minutes added up, so that what is shown never compares totals: when the weight and the rate of bad requests both rise, those blame a healthy green. */
export interface Tally extends Minute {
  /** The first minute in it, in minutes since 1970. */
  sinceMinute: number;
  minutes: number;
  /** Bad requests that green would have had at blue's rate of each minute: Σ greenTotal·blueBad/blueTotal. */
  expectedBad: number;
  /** The two sums of the Mantel-Haenszel odds ratio: Σ greenBad·(blueTotal−blueBad)/all and Σ blueBad·(greenTotal−greenBad)/all. */
  oddsUp: number;
  oddsDown: number;
}

export const newTally = (sinceMinute: number): Tally => ({
  sinceMinute,
  minutes: 0,
  greenBad: 0,
  greenTotal: 0,
  blueBad: 0,
  blueTotal: 0,
  expectedBad: 0,
  oddsUp: 0,
  oddsDown: 0,
});

/** The tally with one more minute. */
export function count(tally: Tally, { greenBad, greenTotal, blueBad, blueTotal }: Minute): Tally {
  const all = greenTotal + blueTotal;
  return {
    sinceMinute: tally.sinceMinute,
    minutes: tally.minutes + 1,
    greenBad: tally.greenBad + greenBad,
    greenTotal: tally.greenTotal + greenTotal,
    blueBad: tally.blueBad + blueBad,
    blueTotal: tally.blueTotal + blueTotal,
    expectedBad: tally.expectedBad + (blueTotal > 0 ? (greenTotal * blueBad) / blueTotal : 0),
    oddsUp: tally.oddsUp + (all > 0 ? (greenBad * (blueTotal - blueBad)) / all : 0),
    oddsDown: tally.oddsDown + (all > 0 ? (blueBad * (greenTotal - greenBad)) / all : 0),
  };
}

/** How many times blue's odds green's are (Mantel-Haenszel); undefined when blue had nothing to compare with. */
export const oddsRatio = ({ oddsUp, oddsDown }: Tally): number | undefined => (oddsDown > 0 ? oddsUp / oddsDown : undefined);
