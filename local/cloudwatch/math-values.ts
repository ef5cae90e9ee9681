/** A value for each period of the evaluated window; `undefined` where there is no data. */
export type Series = (number | undefined)[];

/** What an expression yields: a number, a time series, or several. */
export type MathValue = number | Series | Series[];

export const isSeriesList = (value: MathValue): value is Series[] => Array.isArray(value) && Array.isArray(value[0]);

export const isSeries = (value: MathValue): value is Series => Array.isArray(value) && !isSeriesList(value);

/** Applies `operation` point by point. Between series a missing value counts as 0; what is not finite (x/0) is dropped, as documented. */
export function combine(left: MathValue, right: MathValue, operation: (a: number, b: number) => number): MathValue {
  if (isSeriesList(left)) {
    return left.map((series, index) => combine(series, isSeriesList(right) ? (right[index] ?? []) : right, operation) as Series);
  }
  if (isSeriesList(right)) return right.map((series) => combine(left, series, operation) as Series);
  if (typeof left === 'number' && typeof right === 'number') return operation(left, right);
  const length = Math.max(typeof left === 'number' ? 0 : left.length, typeof right === 'number' ? 0 : right.length);
  return Array.from({ length }, (_, at) => {
    const a = typeof left === 'number' ? left : left[at];
    const b = typeof right === 'number' ? right : right[at];
    const isMissing = (a === undefined || typeof left === 'number') && (b === undefined || typeof right === 'number');
    return isMissing ? undefined : finite(operation(a ?? 0, b ?? 0));
  });
}

/** Applies `operation` to every point that there is. */
export function mapPoints(value: MathValue, operation: (point: number) => number): MathValue {
  if (typeof value === 'number') return operation(value);
  if (isSeriesList(value)) return value.map((series) => mapPoints(series, operation) as Series);
  return value.map((point) => (point === undefined ? undefined : finite(operation(point))));
}

export const finite = (value: number) => (Number.isFinite(value) ? value : undefined);

export const pointsOf = (series: Series): number[] => series.filter((point) => point !== undefined);
