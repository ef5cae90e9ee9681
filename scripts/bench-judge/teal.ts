import { bet, combine, newWealth } from '../../functions/release/judge/wealth.ts';
import type { Watch } from './watch.ts';

const LOG_LIMIT = Math.log(1 / 0.01);

/** Teal's judge with its defaults: errors of one target, a false revert rate of 1 %. */
export function createTeal(): Watch {
  let wealth = newWealth();
  return (minute) => {
    wealth = bet(wealth, minute, { tolerated: 1, attempts: 1 });
    return combine([[wealth.logWealth]]) >= LOG_LIMIT;
  };
}
