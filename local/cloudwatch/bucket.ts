/** What CloudWatch keeps of the samples of one stretch of time. */
export interface Bucket {
  count: number;
  sum: number;
  min: number;
  max: number;
  /** How often each value came; absent while all are alike, and for ready-made statistics, of which the values are not known. */
  values?: Map<number, number>;
  /** Some values came as ready-made statistics: how they are distributed cannot be told. */
  isOpaque?: boolean;
}

/**
 * Beyond this many different values, a bucket keeps new ones to five significant digits: a value is off by 0.005 % at
 * most, and so few lie that near to a limit that a count above it is right to 0.1 %.
 */
const MOST_EXACT_VALUES = 4000;
const FINE_DIGITS = 5;

/** What an old bucket may keep: values to three significant digits, of which there are 900 to a power of ten. */
const MOST_OLD_VALUES = 200;
const COARSE_DIGITS = 3;

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

/** Every value with how often it came. Of an opaque bucket this says nothing. */
export const valuesOf = (bucket: Bucket): Iterable<[number, number]> => bucket.values ?? [[bucket.min, bucket.count]];

function addValue(values: Map<number, number>, value: number, count: number): void {
  const kept = values.has(value) || values.size < MOST_EXACT_VALUES ? value : rounded(value, FINE_DIGITS);
  values.set(kept, (values.get(kept) ?? 0) + count);
}

/** Keeps less of the values of a bucket that nobody counts exactly any more; its count, sum and bounds stay. */
export function coarsen(bucket: Bucket): void {
  if (!bucket.values || bucket.values.size <= MOST_OLD_VALUES) return;
  const coarse = new Map<number, number>();
  for (const [value, count] of bucket.values) {
    const kept = rounded(value, COARSE_DIGITS);
    coarse.set(kept, (coarse.get(kept) ?? 0) + count);
  }
  bucket.values = coarse;
}

const rounded = (value: number, digits: number) => Number(value.toPrecision(digits));

export const copyOf = (bucket: Bucket): Bucket => ({ ...bucket, values: bucket.values && new Map(bucket.values) });
