import type { Minute } from '../../functions/release/judge/minute.ts';
import { bet, combine, newWealth } from '../../functions/release/judge/wealth.ts';
import { datapointOf, prepareBake } from './bake.ts';
import type { Watch } from './watch.ts';

const LOG_LIMIT = Math.log(1 / 0.01);

/** Teal's evidence with its defaults, errors of one target, of every minute and as soon as it is over: what the rivals are given too. */
export function createTeal(): Watch {
  let wealth = newWealth();
  return (minute) => {
    wealth = bet(wealth, minute, { tolerated: 1, attempts: 1 });
    return combine([[wealth.logWealth]]) >= LOG_LIMIT;
  };
}

const startBake = prepareBake({ plan: '10% 60m', judge: { latency: false } });

/** Teal as a bake runs it: a minute is judged when it is a minute old, and those in which a weight changed are not. */
export function createTealAsItRuns(shiftMinutes: number[]): Watch {
  const minutes: Minute[] = [];
  const look = startBake(
    shiftMinutes.map((minute) => ({ from: minute * 60, to: minute * 60 + 1 })),
    (query, minute) => datapointOf(query, minutes[minute]!),
  );
  return (minute) => look(minutes.push(minute));
}
