import type { Minute } from '../../../functions/release/judge/minute.ts';

/** How much green's failure rate exceeds blue's over all minutes so far, and the variance of that when both have the pooled rate. */
export interface Excess {
  difference: number;
  variance: number;
}

/** Adds up minutes. Undefined while a version had no request, or none or all of the requests failed. */
export function createExcess(): (minute: Minute) => Excess | undefined {
  const total: Minute = { greenBad: 0, greenTotal: 0, blueBad: 0, blueTotal: 0 };
  return (minute) => {
    total.greenBad += minute.greenBad;
    total.greenTotal += minute.greenTotal;
    total.blueBad += minute.blueBad;
    total.blueTotal += minute.blueTotal;
    if (total.greenTotal === 0 || total.blueTotal === 0) return undefined;
    const pooledRate = (total.greenBad + total.blueBad) / (total.greenTotal + total.blueTotal);
    const variance = pooledRate * (1 - pooledRate) * (1 / total.greenTotal + 1 / total.blueTotal);
    if (variance === 0) return undefined;
    return { difference: total.greenBad / total.greenTotal - total.blueBad / total.blueTotal, variance };
  };
}
