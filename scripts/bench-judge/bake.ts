import { limitOf } from '../../functions/release/judge/judgement.ts';
import { type Checkpoints, judgeMinutes, logEvidence, minuteOf, minutesToRead } from '../../functions/release/judge/judging.ts';
import { judgedTargets, type MetricQuery, type Series } from '../../functions/release/judge/metrics.ts';
import type { Minute } from '../../functions/release/judge/minute.ts';
import { newRecord } from '../../functions/release/new-record.ts';
import { parseRequest } from '../../functions/release/request.ts';

/** Minutes and seconds of a release are counted from the beginning of this one. */
const FIRST_MINUTE = minuteOf(Date.parse('2026-01-05T09:00:00Z'));
const VERSIONS = { blue: '1', green: '2' };

/** When the weight of a step may have come into effect. */
export interface ShiftSeconds {
  from: number;
  to: number;
}

/** What CloudWatch has of a minute at the look at the beginning of another; undefined where it has no datapoint. */
export type Published = (query: MetricQuery, minute: number, atMinute: number) => number | undefined;

/** The look at the beginning of this minute: whether the judge reverts. */
export type Look = (atMinute: number) => boolean;

/** Releases of one target with such a request, each as its bakes look at it: by which minutes are judged, and when, as well. */
export function prepareBake(input: { plan: string; judge: object }): (shifts: ShiftSeconds[], published: Published) => Look {
  const parsed = parseRequest({ targets: ['orders-api'], ...input });
  if ('wrong' in parsed) throw new Error(`the request of a bake is wrong: ${JSON.stringify(parsed.wrong)}`);
  const record = newRecord({ id: 'simulated', ...parsed, at: isoOf(0), startedBy: 'simulation' });
  const targets = judgedTargets({ ...record, targets: record.targets.map((target) => ({ ...target, ...VERSIONS })) });
  const logLimit = Math.log(limitOf(record));

  return (shiftSeconds, published) => {
    const shifts = shiftSeconds.map(({ from, to }) => ({ from: isoOf(from), to: isoOf(to) }));
    let checkpoints: Checkpoints = {};
    return (atMinute) => {
      const atMs = (FIRST_MINUTE + atMinute) * 60_000;
      const begun = shifts.filter((_, step) => shiftSeconds[step]!.from < atMinute * 60);
      const watched = { shifts: begun, plan: record.plan, step: begun.length - 1 };
      const minutes = minutesToRead(checkpoints, targets, watched, atMs);
      if (!minutes) return false;
      const readings = (query: MetricQuery): Series => {
        const series = new Map<number, number>();
        for (let minute = minutes.from; minute < minutes.until; minute++) {
          const value = published(query, minute - FIRST_MINUTE, atMinute);
          if (value !== undefined) series.set(minute, value);
        }
        return series;
      };
      checkpoints = judgeMinutes(checkpoints, targets, watched, { readings, atMs, logLimit });
      return logEvidence(checkpoints, targets) >= logLimit;
    };
  };
}

/** The datapoint of AWS/Lambda that a query asks for, of what CloudWatch has of the minute. None of a version without a request. */
export function datapointOf({ metricName, statistic, dimensions }: MetricQuery, { greenBad, greenTotal, blueBad, blueTotal }: Minute) {
  const [bad, total] = dimensions.ExecutedVersion === VERSIONS.green ? [greenBad, greenTotal] : [blueBad, blueTotal];
  if (total === 0) return undefined;
  return metricName === 'Errors' && statistic === 'Sum' ? bad : total;
}

const isoOf = (seconds: number) => new Date(FIRST_MINUTE * 60_000 + seconds * 1000).toISOString();
