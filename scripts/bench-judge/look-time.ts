import { judgementOf, limitOf } from '../../functions/release/judge/judgement.ts';
import { type Checkpoints, judgeMinutes, minutesToRead } from '../../functions/release/judge/judging.ts';
import { judgedTargets, type MetricQuery, type Series } from '../../functions/release/judge/metrics.ts';
import { newRecord } from '../../functions/release/new-record.ts';
import { parseRequest } from '../../functions/release/request.ts';
import { median } from '../median.ts';

/** The most that a look at one target with an hour of minutes may take. */
export const LOOK_BOUND_MS = 5;
const TIMES = 51;
const DAY_MS = 86_400_000;
const SHIFTED_MS = Date.parse('2026-01-05T09:00:00Z');

/** How long a look takes to judge an hour of minutes of one target by all five metrics that a release has of itself, by requests a minute; and a look at the end of a month-long bake. */
export function measureLooks(): { what: string; ms: number }[] {
  const rows = [600, 1_000_000].map((requests) => ({
    what: `an hour of minutes, ${requests.toLocaleString('en-US')} requests in each`,
    ms: timeLook(SHIFTED_MS + 3_600_000 + 180_000, requests, {}),
  }));
  const month = SHIFTED_MS + 30 * DAY_MS;
  const kept = look(month, 600, {}).checkpoints;
  return [...rows, { what: 'the next minute of a bake of 30 days', ms: timeLook(month + 60_000, 600, kept) }];
}

function timeLook(atMs: number, requests: number, kept: Checkpoints): number {
  const times = Array.from({ length: TIMES }, () => {
    const beganMs = performance.now();
    look(atMs, requests, kept);
    return performance.now() - beganMs;
  });
  return median(times);
}

function look(atMs: number, requests: number, kept: Checkpoints) {
  const parsed = parseRequest({ targets: ['orders-api'], plan: '10% 30d' });
  if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
  const at = new Date(SHIFTED_MS).toISOString();
  const created = newRecord({ id: 'measured', ...parsed, at, startedBy: 'benchmark' });
  const slowLimits = [{ ms: 20, of: 'p50' } as const, { ms: 80, of: 'p90' } as const, { ms: 300, of: 'p99' } as const];
  const targets = created.targets.map((target) => ({ ...target, blue: '1', green: '2', reportsFailures: true, slowLimits }));
  const record = { ...created, targets, step: 0, shifts: [{ from: at, to: at }] };
  const judged = judgedTargets(record);
  const minutes = minutesToRead(kept, judged, record, atMs)!;
  const readings = (query: MetricQuery) => seriesOf(query, requests, minutes);
  const checkpoints = judgeMinutes(kept, judged, record, { readings, atMs, logLimit: Math.log(limitOf(record)) });
  return { checkpoints, judgement: judgementOf(record, checkpoints) };
}

const known = new Map<string, Series>();

/** As CloudWatch would answer: a tenth of the requests is green's, of either a hundredth fails and a tenth is slow. */
function seriesOf({ dimensions, statistic, metricName }: MetricQuery, requests: number, { from, until }: { from: number; until: number }) {
  const key = [dimensions.ExecutedVersion, statistic, metricName, requests, from, until].join();
  const found = known.get(key);
  if (found) return found;
  const total = dimensions.ExecutedVersion === '2' ? requests / 10 : (9 * requests) / 10;
  const isTotal = statistic === 'SampleCount' || metricName === 'Invocations';
  const value = isTotal ? total : Math.round(total / (metricName === 'Duration' ? 10 : 100));
  const series = new Map<number, number>();
  for (let minute = from; minute < until; minute++) series.set(minute, value);
  known.set(key, series);
  return series;
}
