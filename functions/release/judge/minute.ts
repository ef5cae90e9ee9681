/** What one whole minute at one weight says about one metric: the requests of both versions, and the bad among them. */
export interface Minute {
  greenBad: number;
  greenTotal: number;
  blueBad: number;
  blueTotal: number;
}

/** How many times blue's odds a request of green may be bad, and how many attempts of one request stay on one version. */
export interface Odds {
  /** 1 and more: ω₀, what a healthy green may have. */
  tolerated: number;
  /** 1 and more: Lambda tries an asynchronous request up to three times on the version that it first met. */
  attempts: number;
}

/** Whether the minute can say anything: both versions had requests, and some but not all of them were bad. */
export function isTelling({ greenBad, greenTotal, blueBad, blueTotal }: Minute): boolean {
  const bad = greenBad + blueBad;
  return greenTotal > 0 && blueTotal > 0 && bad > 0 && bad < greenTotal + blueTotal;
}

/** A count that cannot be is a defect of whoever read it, and must never pass for a quiet minute. */
export function assertCounts(minute: Minute): void {
  const { greenBad, greenTotal, blueBad, blueTotal } = minute;
  const isCount = [greenBad, greenTotal, blueBad, blueTotal].every((count) => Number.isInteger(count) && count >= 0);
  if (!isCount || greenBad > greenTotal || blueBad > blueTotal)
    throw new RangeError(`bad requests must be whole numbers, at most as many as requests: ${JSON.stringify(minute)}`);
}
