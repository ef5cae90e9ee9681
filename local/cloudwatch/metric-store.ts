import { addBucket, type Bucket, coarsen, copyOf } from './bucket.ts';

export interface Metric {
  namespace: string;
  metricName: string;
  dimensions: Record<string, string>;
}

export interface Window {
  /** In whole minutes. */
  startMs: number;
  periodMs: number;
  /** How many periods. */
  count: number;
  /** Leaves out what the last period holds from here on. */
  endMs?: number;
}

/** A metric with the samples of each unit apart, as CloudWatch keeps them. */
interface Series {
  metric: Metric;
  byUnit: Map<string, Tier[]>;
  lastMs: number;
}

/** Buckets of one size by their start. They come nearly in order of time, so the oldest stand first. */
type Tier = Map<number, Bucket>;

const DAY_MS = 86_400_000;

/** How long CloudWatch keeps data at each resolution; what grows older is merged into the next. */
const TIERS = [
  { sizeMs: 60_000, keepMs: 15 * DAY_MS },
  { sizeMs: 300_000, keepMs: 63 * DAY_MS },
  { sizeMs: 3_600_000, keepMs: 455 * DAY_MS },
] as const;

/** Whoever counts slow requests minute by minute has done it by then; all of an hour's values may be too many to keep. */
const EXACT_MS = 20 * 60_000;
const SWEEP_MS = 3_600_000;

/** The samples of all metrics, aggregated by the minute. */
export function createMetricStore(nowMs: () => number) {
  const all = new Map<string, Series>();
  let sweptMs = Number.NEGATIVE_INFINITY;

  const sweep = () => {
    const now = nowMs();
    if (now - sweptMs < SWEEP_MS) return;
    sweptMs = now;
    for (const series of all.values()) {
      for (const tiers of series.byUnit.values()) {
        rollUp(tiers, now);
        for (const [startMs, bucket] of tiers[0]!) if (startMs < now - EXACT_MS) coarsen(bucket);
      }
    }
  };

  return {
    /** Adds samples that were taken at `atMs`. */
    add(metric: Metric, unit: string, atMs: number, samples: Bucket): void {
      sweep();
      const key = keyOf(metric);
      let series = all.get(key);
      if (!series) {
        series = { metric, byUnit: new Map(), lastMs: atMs };
        all.set(key, series);
      }
      series.lastMs = Math.max(series.lastMs, atMs);
      let tiers = series.byUnit.get(unit);
      if (!tiers) {
        tiers = TIERS.map(() => new Map());
        series.byUnit.set(unit, tiers);
      }
      const [minutes] = tiers as [Tier];
      const startMs = floor(atMs, TIERS[0].sizeMs);
      const isFirst = !minutes.has(startMs);
      addTo(minutes, startMs, samples);
      // A minute at a time where data comes steadily; the sweep finds the others.
      const grownOld = isFirst ? minutes.get(startMs - EXACT_MS) : undefined;
      if (grownOld) coarsen(grownOld);
    },

    /** The samples of each period of `window`, of `unit` or of all units; `undefined` where there are none. */
    read(metric: Metric, unit: string | undefined, window: Window): (Bucket | undefined)[] {
      const series = all.get(keyOf(metric));
      const units = series ? (unit === undefined ? [...series.byUnit.values()] : [series.byUnit.get(unit) ?? []]) : [];
      const oldestFineMs = nowMs() - TIERS[0].keepMs;
      return Array.from({ length: window.count }, (_, index) => {
        const startMs = window.startMs + index * window.periodMs;
        let total: Bucket | undefined;
        for (const tiers of units) total = collect(tiers, startMs, window, startMs < oldestFineMs, total);
        return total;
      });
    },

    unitsOf: (metric: Metric): string[] => [...(all.get(keyOf(metric))?.byUnit.keys() ?? [])],

    /** Every metric with the time of its newest sample. */
    list: () => [...all.values()].map(({ metric, lastMs }) => ({ metric, lastMs })),
  };
}

export type MetricStore = ReturnType<typeof createMetricStore>;

function keyOf({ namespace, metricName, dimensions }: Metric): string {
  const names = Object.keys(dimensions);
  if (names.length > 1) names.sort();
  let key = `${namespace}\0${metricName}`;
  for (const name of names) key += `\0${name}\0${dimensions[name]}`;
  return key;
}

const floor = (ms: number, sizeMs: number) => Math.floor(ms / sizeMs) * sizeMs;

function addTo(tier: Tier, startMs: number, samples: Bucket): void {
  const bucket = tier.get(startMs);
  if (bucket) addBucket(bucket, samples);
  else tier.set(startMs, copyOf(samples));
}

/** The samples of one period in one unit added to `total`. Coarse data serves only periods that it fits into, as on AWS. */
function collect(tiers: Tier[], startMs: number, window: Window, isOld: boolean, total: Bucket | undefined): Bucket | undefined {
  const { periodMs, endMs = Number.POSITIVE_INFINITY } = window;
  const untilMs = Math.min(startMs + periodMs, endMs);
  let result = total;
  for (const [index, tier] of tiers.entries()) {
    const { sizeMs } = TIERS[index]!;
    if (index > 0 && (!isOld || periodMs % sizeMs || startMs % sizeMs)) break;
    if (tier.size === 0) continue;
    for (let atMs = startMs; atMs < untilMs; atMs += sizeMs) {
      const bucket = tier.get(atMs);
      if (!bucket) continue;
      if (result) addBucket(result, bucket);
      else result = copyOf(bucket);
    }
  }
  return result;
}

function rollUp(tiers: Tier[], nowMs: number): void {
  for (const [index, tier] of tiers.entries()) {
    const coarser = tiers[index + 1];
    for (const [startMs, bucket] of tier) {
      if (startMs >= nowMs - TIERS[index]!.keepMs) break;
      tier.delete(startMs);
      if (coarser) addTo(coarser, floor(startMs, TIERS[index + 1]!.sizeMs), bucket);
    }
  }
}
