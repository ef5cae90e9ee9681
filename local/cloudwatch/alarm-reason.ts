import { COMPARISONS, type MetricAlarm } from './alarm.ts';
import type { Verdict } from './alarm-evaluation.ts';
import { isMetric } from './metric-query.ts';

/** Why an alarm is in a state, in CloudWatch's words and as the JSON beside them. */
export function explain(alarm: MetricAlarm, verdict: Verdict, nowMs: number): { reason: string; reasonData: string } {
  const { periodSeconds, threshold } = alarm.threshold;
  const source = alarm.queries.find(({ id }) => id === alarm.watchedId)!.source;
  const first = verdict.datapoints[0];
  const reasonData = {
    version: '1.0',
    queryDate: alarmTime(nowMs),
    startDate: first && alarmTime(first.atMs),
    statistic: !alarm.isMath && isMetric(source) ? source.statistic : undefined,
    period: periodSeconds,
    recentDatapoints: verdict.datapoints.map(({ value }) => value),
    threshold,
  };
  return { reason: reasonFor(alarm, verdict), reasonData: JSON.stringify(reasonData) };
}

/** A time as alarms write it: `2026-01-01T00:00:00.000+0000`. */
export const alarmTime = (ms: number) => new Date(ms).toISOString().replace('Z', '+0000');

function reasonFor({ threshold: settings }: MetricAlarm, { state, datapoints, filled }: Verdict): string {
  const { evaluationPeriods, datapointsToAlarm, threshold, comparison, treatMissingData } = settings;
  if (state === 'INSUFFICIENT_DATA') return `Insufficient Data: ${counted(filled, 'datapoint')} unknown.`;
  if (filled > 0) {
    const received = datapoints.length === 0 ? 'no datapoints were' : counted(datapoints.length, 'datapoint');
    const periods = `${evaluationPeriods} ${evaluationPeriods === 1 ? 'period' : 'periods'}`;
    const treated = { breaching: 'Breaching', notBreaching: 'NonBreaching', missing: 'Missing', ignore: 'Ignored' }[treatMissingData];
    return `Threshold Crossed: ${received} received for ${periods} and ${counted(filled, 'missing datapoint')} treated as [${treated}].`;
  }
  const { holds, words } = COMPARISONS[comparison];
  const isAlarm = state === 'ALARM';
  const deciding = datapoints.filter(({ value }) => holds(value, threshold) === isAlarm).length;
  const shown = [...datapoints].reverse().map(({ atMs, value }) => `${decimal(value)} (${shortTime(atMs)})`);
  const were = `${deciding === 1 ? 'was' : 'were'}${isAlarm ? '' : ' not'}`;
  const least = isAlarm ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
  const minimum = `minimum ${least} ${least === 1 ? 'datapoint' : 'datapoints'} for ${isAlarm ? 'OK -> ALARM' : 'ALARM -> OK'} transition`;
  return `Threshold Crossed: ${deciding} out of the last ${datapoints.length} datapoints [${shown.join(', ')}] ${were} ${words} the threshold (${decimal(threshold)}) (${minimum}).`;
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? ' was' : 's were'}`;

/** Java's way to write a double: 2 as 2.0. */
const decimal = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value));

function shortTime(ms: number): string {
  const [date = '', time = ''] = new Date(ms).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${month}/${year?.slice(2)} ${time.slice(0, 8)}`;
}
