import type { Minute } from '../../functions/release/judge/minute.ts';
import type { Binomial } from './binomial.ts';

/** What the requests of one minute meet. */
export interface Traffic {
  /** Over both versions; always as many, as if clients kept a steady pace. */
  requests: number;
  /** The percent of them that green is meant to get; each request is routed by itself, as Lambda does. */
  greenWeightPercent: number;
  /** The chance of each request to fail, 0 to 1. */
  greenFailureRate: number;
  blueFailureRate: number;
}

/** The counts of one whole minute: the split of the requests and the failures of either version are binomial. */
export function simulateMinute(traffic: Traffic, binomial: Binomial): Minute {
  const greenTotal = binomial(traffic.requests, traffic.greenWeightPercent / 100);
  const blueTotal = traffic.requests - greenTotal;
  return {
    greenBad: binomial(greenTotal, traffic.greenFailureRate),
    greenTotal,
    blueBad: binomial(blueTotal, traffic.blueFailureRate),
    blueTotal,
  };
}
