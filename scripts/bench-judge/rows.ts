import type { Traffic } from './simulate.ts';

export interface Row {
  name: string;
  releases: number;
  minutes: number;
  trafficOf(minute: number): Traffic;
  /** Absent where green is healthy. */
  regression?: Regression;
}

export interface Regression {
  /** The first minute in which green is worse. */
  fromMinute: number;
  /** What Teal's prototype did: percent detected, median minutes to the revert, median failed requests on green until then. */
  prototype: { detectedPercent: number; minutes: number; failed: number };
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

type Prototype = [detectedPercent: number, minutes: number, failed: number];

function anHour(name: string, always: Traffic, prototype?: Prototype): Row {
  return { name, releases: RELEASES, minutes: HOUR, trafficOf: () => always, regression: prototype && regressionFrom(0, prototype) };
}

/** Healthy until noon. */
function aDay(name: string, releases: number, afternoon: Traffic, prototype?: Prototype): Row {
  const morning = traffic(600, 1, 1);
  return {
    name,
    releases,
    minutes: DAY,
    trafficOf: (minute) => (minute < DAY / 2 ? morning : afternoon),
    regression: prototype && regressionFrom(DAY / 2, prototype),
  };
}

const regressionFrom = (fromMinute: number, [detectedPercent, minutes, failed]: Prototype): Regression => ({
  fromMinute,
  prototype: { detectedPercent, minutes, failed },
});

/** Failure rates of blue and green; rpm are requests a minute over both versions, of which green gets 10 % unless said. */
export const ROWS: Row[] = [
  anHour('600 rpm, 1 % = 1 %', traffic(600, 1, 1)),
  anHour('600 rpm, 1 → 2 %', traffic(600, 1, 2), [94, 26, 33]),
  anHour('600 rpm, 1 → 5 %', traffic(600, 1, 5), [100, 4, 12]),
  anHour('600 rpm, 1 → 20 %', traffic(600, 1, 20), [100, 2, 24]),
  anHour('6,000 rpm, .1 % = .1 %', traffic(6000, 0.1, 0.1)),
  anHour('6,000 rpm, .1 → .3 %', traffic(6000, 0.1, 0.3), [100, 9, 17]),
  anHour('30 rpm, 1 % = 1 %', traffic(30, 1, 1)),
  anHour('30 rpm, 1 → 30 %', traffic(30, 1, 30), [100, 5, 5]),
  {
    name: '600 rpm, healthy; both 1 → 3 % for 10 minutes',
    releases: RELEASES,
    minutes: HOUR,
    trafficOf: (minute) => (minute >= 20 && minute < 30 ? traffic(600, 3, 3) : traffic(600, 1, 1)),
  },
  {
    name: '600 rpm, healthy; weight 10 → 50 while both .5 → 3 %',
    releases: RELEASES,
    minutes: HOUR,
    trafficOf: (minute) => (minute < HOUR / 2 ? traffic(600, 0.5, 0.5, 10) : traffic(600, 3, 3, 50)),
  },
  anHour('600 rpm, 1 % = 1 %, weight 95', traffic(600, 1, 1, 95)),
  aDay('24 h, 600 rpm, 1 % = 1 %', 2000, traffic(600, 1, 1)),
  aDay('24 h, 600 rpm, 1 → 5 % at hour 12', 1000, traffic(600, 1, 5), [100, 8, 25]),
  aDay('24 h, 600 rpm, 1 → 2 % at hour 12', 1000, traffic(600, 1, 2), [100, 57, 70]),
];
