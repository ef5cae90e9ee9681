import type { Watch } from '../watch.ts';

const ALARM_RATE = 0.05;

/** A CloudWatch alarm on green's error rate: above 5 % in `breaching` of the last `evaluated` minutes. No request is no breach. */
export function createAlarm(breaching: number, evaluated: number): Watch {
  const lastMinutes: boolean[] = [];
  return ({ greenBad, greenTotal }) => {
    lastMinutes.push(greenBad > ALARM_RATE * greenTotal);
    if (lastMinutes.length > evaluated) lastMinutes.shift();
    return lastMinutes.filter(Boolean).length >= breaching;
  };
}
