import { invalid } from '../json-protocol.ts';
import { finite, isSeries, isSeriesList, type MathValue, mapPoints, pointsOf, type Series } from './math-values.ts';

export interface MathScope {
  /** How many periods the evaluated window has. */
  length: number;
  periodSeconds: number;
  /** The series of the metrics and expressions by id. */
  values: ReadonlyMap<string, MathValue>;
  /** The ids that are metrics, in the order of the request. */
  metricIds: readonly string[];
}

export type MathFunction = (args: MathValue[], scope: MathScope) => MathValue;

/** The functions of metric math that the local AWS has, apart from METRICS and FILL, whose arguments are not all values. */
export const MATH_FUNCTIONS: Record<string, MathFunction> = {
  SUM: (args) => aggregate('SUM', args, (points) => points.reduce((sum, point) => sum + point, 0)),
  // Across series a missing value counts as 0 in an average, so that the divisor is the number of series.
  AVG: (args) => aggregate('AVG', args, (points, of) => points.reduce((sum, point) => sum + point, 0) / of),
  MIN: (args) => aggregate('MIN', args, (points) => Math.min(...points)),
  MAX: (args) => aggregate('MAX', args, (points) => Math.max(...points)),
  DATAPOINT_COUNT: (args) => aggregate('DATAPOINT_COUNT', args, (points) => points.length),
  ABS: (args) => mapPoints(only('ABS', args), Math.abs),
  CEIL: (args) => mapPoints(only('CEIL', args), Math.ceil),
  FLOOR: (args) => mapPoints(only('FLOOR', args), Math.floor),
  LOG: (args) => mapPoints(only('LOG', args), Math.log),
  LOG10: (args) => mapPoints(only('LOG10', args), Math.log10),
  PERIOD: (args, scope) => {
    only('PERIOD', args);
    return scope.periodSeconds;
  },
  TIME_SERIES: (args, scope) => {
    const value = only('TIME_SERIES', args);
    if (typeof value !== 'number') throw invalid('TIME_SERIES takes a scalar');
    return new Array<number>(scope.length).fill(value);
  },
  METRIC_COUNT: (args) => {
    const value = only('METRIC_COUNT', args);
    if (!isSeriesList(value)) throw invalid('METRIC_COUNT takes an array of time series');
    return value.length;
  },
  IF: (args, scope) => chooseEach(args, scope),
};

/** FILL: missing points become `filler`, or the nearest ones before (REPEAT) or around (LINEAR) them. */
export function fill(value: MathValue, filler: MathValue | 'REPEAT' | 'LINEAR'): MathValue {
  if (isSeriesList(value)) return value.map((series) => fill(series, filler) as Series);
  if (!isSeries(value)) throw invalid('FILL takes a time series');
  if (filler === 'REPEAT') {
    let last: number | undefined;
    return value.map((point) => {
      last = point ?? last;
      return last;
    });
  }
  if (filler === 'LINEAR') return value.map((point, at) => point ?? interpolate(value, at));
  if (isSeriesList(filler)) throw invalid('FILL takes a scalar, a time series, REPEAT or LINEAR as its filler');
  return value.map((point, at) => point ?? (typeof filler === 'number' ? filler : filler[at]));
}

function interpolate(series: Series, at: number): number | undefined {
  const before = series.findLastIndex((point, index) => index < at && point !== undefined);
  const after = series.findIndex((point, index) => index > at && point !== undefined);
  if (before < 0 || after < 0) return undefined;
  const [from, to] = [series[before]!, series[after]!];
  return from + ((to - from) * (at - before)) / (after - before);
}

/** Of one series a number; of several a series, taken across them at each time that any has a value. */
function aggregate(name: string, args: MathValue[], of: (points: number[], seriesCount: number) => number): MathValue {
  const value = only(name, args);
  if (typeof value === 'number') throw invalid(`${name} takes a time series or an array of them`);
  if (!isSeriesList(value)) {
    const points = pointsOf(value);
    return of(points, points.length);
  }
  return Array.from({ length: value[0]!.length }, (_, at) => {
    const points = pointsOf(value.map((series) => series[at]));
    return points.length === 0 ? undefined : finite(of(points, value.length));
  });
}

function only(name: string, args: MathValue[]): MathValue {
  if (args.length !== 1) throw invalid(`${name} takes one argument, not ${args.length}`);
  return args[0]!;
}

/** IF, with the documented treatment of missing points: 0 where a true value is missing, nothing where a false one or the condition is. */
function chooseEach(args: MathValue[], scope: MathScope): MathValue {
  if (args.length < 2 || args.length > 3) throw invalid(`IF takes two or three arguments, not ${args.length}`);
  if (args.some(isSeriesList)) throw invalid('IF does not take arrays of time series');
  const [condition, whenTrue, whenFalse] = args as [number | Series, number | Series, (number | Series)?];
  if (typeof condition === 'number') return (condition ? whenTrue : whenFalse) ?? new Array<undefined>(scope.length).fill(undefined);
  const at = (value: number | Series | undefined, index: number) => (Array.isArray(value) ? value[index] : value);
  return condition.map((point, index) => {
    if (point === undefined) return undefined;
    return point ? (at(whenTrue, index) ?? 0) : at(whenFalse, index);
  });
}
