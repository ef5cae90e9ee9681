import type { Traffic } from './simulate.ts';

export interface Row {
  name: string;
  releases: number;
  minutes: number;
  trafficOf(minute: number): Traffic;
  /** Those in which green gets its weight. */
  shiftMinutes: number[];
  /** Absent where green is healthy. */
  regression?: Regression;
}

export interface Regression {
  /** The first minute in which green is worse. */
  fromMinute: number;
  prototype: Prototype;
}

/** What Teal's prototype did. */
export interface Prototype {
  detectedPercent: number;
  /** The median until the revert, every minute being judged when it is over. */
  minutes: number;
  /** The median of the requests that failed on green until then. */
  failed: number;
  /** The median where the shift's minute is not judged and the others a minute late; unknown where it is absent. */
  asItRunsMinutes?: number;
}

const RELEASES = 4000;
const HOUR = 60;
const DAY = 24 * HOUR;

const traffic = (requests: number, bluePercent: number, greenPercent: number, greenWeightPercent = 10): Traffic => ({
  requests,
  greenWeightPercent,
  blueFailureRate: bluePercent / 100,
  greenFailureRate: greenPercent / 100,
});

function anHour(name: string, always: Traffic, prototype?: Prototype): Row {
  return {
    name,
    releases: RELEASES,
    minutes: HOUR,
    shiftMinutes: [0],
    trafficOf: () => always,
    regression: prototype && { fromMinute: 0, prototype },
  };
}

/** Healthy until noon. */
function aDay(name: string, releases: number, afternoon: Traffic, prototype?: Prototype): Row {
  const morning = traffic(600, 1, 1);
  return {
    name,
    releases,
    minutes: DAY,
    shiftMinutes: [0],
    trafficOf: (minute) => (minute < DAY / 2 ? morning : afternoon),
    regression: prototype && { fromMinute: DAY / 2, prototype },
  };
}

/** Failure rates of blue and green; rpm are requests a minute over both versions, of which green gets 10 % unless said. */
export const ROWS: Row[] = [
  anHour('600 rpm, 1 % = 1 %', traffic(600, 1, 1)),
  anHour('600 rpm, 1 → 2 %', traffic(600, 1, 2), { detectedPercent: 94, minutes: 26, failed: 33 }),
  anHour('600 rpm, 1 → 5 %', traffic(600, 1, 5), { detectedPercent: 100, minutes: 4, failed: 12, asItRunsMinutes: 6 }),
  anHour('600 rpm, 1 → 20 %', traffic(600, 1, 20), { detectedPercent: 100, minutes: 2, failed: 24, asItRunsMinutes: 4 }),
  anHour('6,000 rpm, .1 % = .1 %', traffic(6000, 0.1, 0.1)),
  anHour('6,000 rpm, .1 → .3 %', traffic(6000, 0.1, 0.3), { detectedPercent: 100, minutes: 9, failed: 17, asItRunsMinutes: 11 }),
  anHour('30 rpm, 1 % = 1 %', traffic(30, 1, 1)),
  anHour('30 rpm, 1 → 30 %', traffic(30, 1, 30), { detectedPercent: 100, minutes: 5, failed: 5 }),
  {
    name: '600 rpm, healthy; both 1 → 3 % for 10 minutes',
    releases: RELEASES,
    minutes: HOUR,
    shiftMinutes: [0],
    trafficOf: (minute) => (minute >= 20 && minute < 30 ? traffic(600, 3, 3) : traffic(600, 1, 1)),
  },
  {
    name: '600 rpm, healthy; weight 10 → 50 while both .5 → 3 %',
    releases: RELEASES,
    minutes: HOUR,
    shiftMinutes: [0, HOUR / 2],
    trafficOf: (minute) => (minute < HOUR / 2 ? traffic(600, 0.5, 0.5, 10) : traffic(600, 3, 3, 50)),
  },
  anHour('600 rpm, 1 % = 1 %, weight 95', traffic(600, 1, 1, 95)),
  aDay('24 h, 600 rpm, 1 % = 1 %', 2000, traffic(600, 1, 1)),
  aDay('24 h, 600 rpm, 1 → 5 % at hour 12', 1000, traffic(600, 1, 5), { detectedPercent: 100, minutes: 8, failed: 25 }),
  aDay('24 h, 600 rpm, 1 → 2 % at hour 12', 1000, traffic(600, 1, 2), { detectedPercent: 100, minutes: 57, failed: 70 }),
];
