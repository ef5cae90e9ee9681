import { latenessSeconds } from '../judge/datapoints.ts';
import { logLimitOf } from '../judge/judgement.ts';
import { judgedTargets } from '../judge/metrics.ts';
import { powerOf } from '../judge/power.ts';
import { percent } from '../judge/statement.ts';
import { newTally } from '../judge/tally.ts';
import { formatPlan, isJudged, type Step } from '../plan.ts';
import type { ReleaseRecord, ReleaseTarget } from '../record.ts';
import { targetKey } from '../target.ts';

/** How large a regression of errors each bake would catch, at the traffic of the last week. */

/** Through the alias, in the last week. */
export interface Traffic {
  requests: number;
  errors: number;
}

export const WEEK_MINUTES = 7 * 24 * 60;

export interface Foresight {
  /** From 1 on. */
  step: number;
  /** "orders-api:live" */
  target: string;
  /** The smallest error rate of green that is caught with 95 %, from 0 to 1; undefined when none is. */
  greenRate?: number;
  message: string;
}

/** `record` has its targets pinned; `trafficOf` each one's. */
export function foresee(record: ReleaseRecord, trafficOf: (target: ReleaseTarget) => Traffic): Foresight[] {
  if (!record.request.judge.errors) return [];
  const targets = record.targets.map((target) => ({ ...target, green: target.version ?? 'green' }));
  const judged = judgedTargets({ ...record, targets });
  const logLimit = logLimitOf(record, judged);
  return record.plan.flatMap((step, index) => {
    const { weight: weightPercent, bake } = formatPlan([step])[0]!;
    return isJudged(step)
      ? judged.map(({ target, metrics }): Foresight => {
          const odds = metrics.find(({ key }) => key === 'errors')!.odds;
          const { requests, errors } = trafficOf(target);
          const power = powerOf(tallyOf(step, target, { requests, errors }), odds, logLimit);
          const blue =
            requests > 0
              ? `blue ${percent(errors / requests)} of ${perMinute(requests)} requests a minute in the last week`
              : 'no requests in the last week';
          const what = power
            ? `would catch an error rate of ${percent(power.greenRate)} or more on green with 95 %`
            : 'would catch no error rate with 95 %: too few requests, or too many errors on blue';
          return {
            step: index + 1,
            target: targetKey(target),
            greenRate: power?.greenRate,
            message: `step ${index + 1} (${weightPercent} % for ${bake}) of ${target.function} ${what} (${blue})`,
          };
        })
      : [];
  });
}

/** A bake whose every minute is the average one of the week. The minute of the shift, and what CloudWatch has not yet, are not judged. */
function tallyOf({ weightPercent, bakeSeconds }: Step, target: ReleaseTarget, { requests, errors }: Traffic) {
  const minutes = Math.max(0, bakeSeconds / 60 - 1 - Math.ceil(latenessSeconds(target) / 60));
  const all = (requests / WEEK_MINUTES) * minutes;
  const greenTotal = Math.floor((all * weightPercent) / 100);
  const blueTotal = Math.floor(all) - greenTotal;
  const blueBad = requests > 0 ? Math.round((blueTotal * errors) / requests) : 0;
  return { ...newTally(0), minutes, greenTotal, blueTotal, blueBad };
}

const perMinute = (requests: number) => {
  const value = requests / WEEK_MINUTES;
  return value >= 10 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(2);
};
