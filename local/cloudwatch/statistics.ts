import { type Bucket, valuesOf } from './bucket.ts';

export type Statistic = 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum';

export const STATISTICS: readonly Statistic[] = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'];

/** Reads a statistic off a bucket; `undefined` when it cannot be told. */
export type ReadStatistic = (bucket: Bucket) => number | undefined;

/** The reader of a statistic, simple or extended, or `undefined` when there is no such statistic here. */
export const statisticReader = (name: string): ReadStatistic | undefined => simpleReader(name) ?? extendedReader(name);

const simpleReader = (name: string): ReadStatistic | undefined => (Object.hasOwn(SIMPLE, name) ? SIMPLE[name as Statistic] : undefined);

const SIMPLE: Record<Statistic, ReadStatistic> = {
  SampleCount: (bucket) => bucket.count,
  Average: (bucket) => bucket.sum / bucket.count,
  Sum: (bucket) => bucket.sum,
  Minimum: (bucket) => bucket.min,
  Maximum: (bucket) => bucket.max,
};

/** Values by size, each with how often it came. */
type Sorted = [value: number, count: number][];

/** What a trimmed statistic keeps of a bucket: the lower bound is exclusive, the upper one inclusive. */
interface Range {
  lower: number;
  upper: number;
  /** Bounds are percent of the samples by size; otherwise they are values. */
  isPercent: boolean;
}

/**
 * The reader of a percentile (`p99.9`), of a trimmed mean, count or sum or a winsorized mean (`tm90`, `TC(150:)`,
 * `TS(10%:90%)`, `WM(:95%)`), of the interquartile mean (`IQM`) or of a percentile rank (`PR(100:300)`), as in "CloudWatch
 * statistics definitions"; `undefined` for anything else. No bucket with a negative value has them, and none of ready-made
 * statistics, unless all their values were alike.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 */
export function extendedReader(name: string): ReadStatistic | undefined {
  const read = name === 'IQM' ? TRIMMED.TM!({ lower: 25, upper: 75, isPercent: true }) : (readerOfOne(name) ?? readerOfRange(name));
  return read && ((bucket) => (bucket.isOpaque || bucket.min < 0 ? undefined : read(sorted(bucket), bucket)));
}

type ReadSorted = (values: Sorted, bucket: Bucket) => number | undefined;

/** `p99`, `tm99`: up to ten decimal places. */
function readerOfOne(name: string): ReadSorted | undefined {
  const [, kind, number] = /^(p|tm|tc|ts|wm)(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name) ?? [];
  if (!kind) return undefined;
  const upper = Number(number);
  return kind === 'p'
    ? (values, { count }) => valueAtRank(values, rankOf(upper, count))
    : TRIMMED[kind.toUpperCase()]!({ lower: 0, upper, isPercent: true });
}

/** `TC(150:)`, `TM(10%:90%)`. Bounds of both kinds in one range have no meaning that is documented. */
function readerOfRange(name: string): ReadSorted | undefined {
  const [, kind, from, to] = /^(TM|TC|TS|WM|PR)\((\d+(?:\.\d{1,10})?%?)?:(\d+(?:\.\d{1,10})?%?)?\)$/.exec(name) ?? [];
  const bounds = [from, to].filter((bound) => bound !== undefined);
  if (!kind || bounds.length === 0) return undefined;
  const isPercent = bounds[0]!.endsWith('%');
  if (bounds.some((bound) => bound.endsWith('%') !== isPercent) || (isPercent && kind === 'PR')) return undefined;
  const lower = from === undefined ? (isPercent ? 0 : Number.NEGATIVE_INFINITY) : Number.parseFloat(from);
  const upper = to === undefined ? (isPercent ? 100 : Number.POSITIVE_INFINITY) : Number.parseFloat(to);
  if (lower >= upper || (isPercent && upper > 100)) return undefined;
  return TRIMMED[kind]!({ lower, upper, isPercent });
}

const TRIMMED: Record<string, (range: Range) => ReadSorted> = {
  TC: (range) => (values) => countOf(trim(values, range)),
  TS: (range) => (values) => sumOf(trim(values, range)),
  TM: (range) => (values) => {
    const kept = trim(values, range);
    return kept.length ? sumOf(kept) / countOf(kept) : undefined;
  },
  /** In percent. */
  PR: (range) => (values) => (100 * countOf(trim(values, range))) / countOf(values),
  /** What lies outside counts as what lies on the bound. */
  WM: (range) => (values) => {
    const count = countOf(values);
    const at = (percent: number) => valueAtRank(values, rankOf(percent, count));
    const [lower, upper] = range.isPercent ? [at(range.lower), at(range.upper)] : [range.lower, range.upper];
    return sumOf(values.map(([value, times]) => [Math.min(Math.max(value, lower), upper), times])) / count;
  },
};

const countOf = (values: Sorted) => values.reduce((total, [, count]) => total + count, 0);
const sumOf = (values: Sorted) => values.reduce((total, [value, count]) => total + value * count, 0);

const sorted = (bucket: Bucket): Sorted => [...valuesOf(bucket)].sort(([a], [b]) => a - b);

/** How many of `count` samples, the smallest first, lie at or below a percentile. A hair under a whole number is that number. */
const rankOf = (percent: number, count: number) => Math.ceil((percent / 100) * count - 1e-9);

function valueAtRank(values: Sorted, rank: number): number {
  let left = Math.max(1, rank);
  for (const [value, count] of values) {
    left -= count;
    if (left <= 0) return value;
  }
  return values.at(-1)![0];
}

/** So that `TC(:10%)` and `TC(10%:)` are all samples together, both bounds go by the rank that the percentile has. */
function trim(values: Sorted, { lower, upper, isPercent }: Range): Sorted {
  if (!isPercent) return values.filter(([value]) => value > lower && value <= upper);
  const count = countOf(values);
  const [first, last] = [rankOf(lower, count), rankOf(upper, count)];
  let passed = 0;
  return values.flatMap(([value, times]): Sorted => {
    const kept = Math.min(passed + times, last) - Math.max(passed, first);
    passed += times;
    return kept > 0 ? [[value, kept]] : [];
  });
}
