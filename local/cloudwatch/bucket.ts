/** What CloudWatch keeps of the samples of one stretch of time. */
export interface Bucket {
  count: number;
  sum: number;
  min: number;
  max: number;
  /** How often each value came; absent while all are alike, and for ready-made statistics, of which the values are not known. */
  values?: Map<number, number>;
  /** Some values came as ready-made statistics: percentiles cannot be told. */
  isOpaque?: boolean;
}

/** Beyond this many different values in a bucket, values are kept to two significant digits. */
const MOST_EXACT_VALUES = 200;

export const bucketOfValue = (value: number, count = 1): Bucket => ({ count, sum: value * count, min: value, max: value });

/** Adds `other` to `bucket`. */
export function addBucket(bucket: Bucket, other: Bucket): void {
  if (bucket.isOpaque || other.isOpaque) {
    bucket.isOpaque = true;
    bucket.values = undefined;
  } else if (bucket.values || other.values || bucket.min !== other.min) {
    bucket.values ??= new Map([[bucket.min, bucket.count]]);
    for (const [value, count] of valuesOf(other)) addValue(bucket.values, value, count);
  }
  bucket.count += other.count;
  bucket.sum += other.sum;
  bucket.min = Math.min(bucket.min, other.min);
  bucket.max = Math.max(bucket.max, other.max);
}

const valuesOf = (bucket: Bucket): Iterable<[number, number]> => bucket.values ?? [[bucket.min, bucket.count]];

function addValue(values: Map<number, number>, value: number, count: number): void {
  const kept = values.has(value) || values.size < MOST_EXACT_VALUES ? value : Number(value.toPrecision(2));
  values.set(kept, (values.get(kept) ?? 0) + count);
}

export const copyOf = (bucket: Bucket): Bucket => ({ ...bucket, values: bucket.values && new Map(bucket.values) });

export type Statistic = 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum';

export const STATISTICS: readonly Statistic[] = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'];

/** Reads a statistic off a bucket; `undefined` when it cannot be told. */
export type ReadStatistic = (bucket: Bucket) => number | undefined;

/** The reader of a statistic or of a percentile such as `p99.9`, or `undefined` when there is no such statistic here. */
export function statisticReader(name: string): ReadStatistic | undefined {
  if (name in simple) return simple[name as Statistic];
  const percentile = /^p(\d{1,2}(\.\d{1,10})?|100)$/.exec(name);
  return percentile ? (bucket) => percentileOf(bucket, Number(percentile[1])) : undefined;
}

const simple: Record<Statistic, ReadStatistic> = {
  SampleCount: (bucket) => bucket.count,
  Average: (bucket) => bucket.sum / bucket.count,
  Sum: (bucket) => bucket.sum,
  Minimum: (bucket) => bucket.min,
  Maximum: (bucket) => bucket.max,
};

/** CloudWatch tells no percentile where a value is negative, nor from ready-made statistics of several samples. */
function percentileOf(bucket: Bucket, percent: number): number | undefined {
  if (bucket.isOpaque || bucket.min < 0) return undefined;
  if (!bucket.values) return bucket.max;
  let left = Math.max(1, Math.ceil((percent / 100) * bucket.count));
  for (const [value, count] of [...bucket.values].sort(([a], [b]) => a - b)) {
    left -= count;
    if (left <= 0) return value;
  }
  return bucket.max;
}
