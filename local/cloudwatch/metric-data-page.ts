import { ServiceError } from '../service.ts';
import type { Series } from './math-values.ts';
import type { Window } from './metric-store.ts';

/** One series of an answer, with the window that it covers. */
export interface PagedSeries {
  series: Series;
  window: Window;
}

export interface Datapoint {
  atMs: number;
  value: number;
}

export interface MetricDataPage {
  /** Of each series what this page has of it, in the order of the scan, and whether more of it comes later. */
  parts: { datapoints: Datapoint[]; isPartial: boolean }[];
  /** The last datapoint of this page; absent on the last page. */
  end?: Position;
}

/** A datapoint's place in the scan: by time over all series, and at one time in the order of the queries. */
export interface Position {
  atMs: number;
  index: number;
}

/**
 * At most `most` datapoints of all series together, after `after`. ScanBy "returns the newest (oldest) data first and
 * paginates when the MaxDatapoints limit is reached": so a page is a stretch of time over all series. A place in time
 * and not a number of datapoints: data that arrives between two pages then neither repeats nor hides any.
 */
export function takeMetricDataPage(
  all: PagedSeries[],
  { most, isAscending, after }: { most: number; isAscending: boolean; after?: Position },
): MetricDataPage {
  const isPast = scanOrder(isAscending);
  const left = all.map(({ series, window }, index) => {
    const found = series.flatMap((value, at) => {
      const atMs = window.startMs + at * window.periodMs;
      return value === undefined || (after && !isPast({ atMs, index }, after)) ? [] : [{ atMs, value }];
    });
    return isAscending ? found : found.reverse();
  });
  const end = left.reduce((total, { length }) => total + length, 0) > most ? endOfPage(left, most, isPast) : undefined;
  return {
    parts: left.map((datapoints, index) => {
      const page = end ? datapoints.filter(({ atMs }) => !isPast({ atMs, index }, end)) : datapoints;
      return { datapoints: page, isPartial: page.length < datapoints.length };
    }),
    end,
  };
}

/** How many datapoints are asked for between two places in the scan, whether there are any or not. */
export function countBetween(windows: Window[], isAscending: boolean, after?: Position, end?: Position): number {
  const isPast = scanOrder(isAscending);
  if (!after && !end) return windows.reduce((total, { count }) => total + count, 0);
  return windows.reduce((total, { startMs, periodMs, count }, index) => {
    const places = Array.from({ length: count }, (_, at) => ({ atMs: startMs + at * periodMs, index }));
    return total + places.filter((place) => (!after || isPast(place, after)) && (!end || !isPast(place, end))).length;
  }, 0);
}

/** Whether one place comes after another. */
const scanOrder = (isAscending: boolean) => (place: Position, other: Position) =>
  place.atMs === other.atMs ? place.index > other.index : place.atMs > other.atMs === isAscending;

function endOfPage(left: Datapoint[][], most: number, isPast: ReturnType<typeof scanOrder>): Position {
  const places = left.flatMap((datapoints, index) => datapoints.map(({ atMs }) => ({ atMs, index })));
  return places.sort((a, b) => (isPast(a, b) ? 1 : -1))[most - 1]!;
}

/** A token goes on with the request that it came from, and with no other. */
export const writeToken = ({ atMs, index }: Position, request: string): string =>
  Buffer.from(JSON.stringify([atMs, index, request])).toString('base64url');

/** Throws InvalidNextToken. */
export function readToken(token: unknown, request: string): Position {
  try {
    const [atMs, index, from] = JSON.parse(Buffer.from(String(token), 'base64url').toString()) as unknown[];
    if (typeof atMs === 'number' && typeof index === 'number' && from === request) return { atMs, index };
  } catch {
    // Not a token at all.
  }
  throw new ServiceError('InvalidNextToken', 'The next token specified is invalid.');
}
