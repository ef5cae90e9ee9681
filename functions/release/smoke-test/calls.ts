import { changedTargets, type ReleaseRecord, type ReleaseTarget } from '../record.ts';
import { targetsNamed } from '../target.ts';
import { shorten } from '../words.ts';
import { makeHttpEvent } from './http-event.ts';
import { type Combination, combinationsOf } from './matrix.ts';
import type { SmokeTest } from './request.ts';

/** Of a call's name. */
const SHOWN_CHARACTERS = 200;

/** One call of a green, and of its blue where the two are compared. */
export interface SmokeCall {
  test: SmokeTest;
  target: ReleaseTarget;
  /** "smoke test of version 2 of orders-api (GET /orders, headers.x-app-version \"3.8\")" */
  name: string;
  payload: unknown;
  /** The version that must answer the same. */
  blue?: string;
}

/** All calls of the release's smoke tests, at the time `at`. */
export function callsOf(record: ReleaseRecord, at: string): SmokeCall[] {
  const tested = record.request.smokeTests.flatMap((test) =>
    targetsNamed(test.target, changedTargets(record)).flatMap((target) =>
      combinationsOf(test).map((combination) => ({ test, target, combination })),
    ),
  );
  return tested.map(({ test, target, combination }, index) => ({
    test,
    target,
    name: `smoke test of version ${target.green} of ${target.function}${describe(combination)}`,
    payload: combination.request ? makeHttpEvent(combination.request, { id: `${record.id}-smoke-${index + 1}`, at }) : combination.payload,
    ...(test.compareWithBlue && target.blue !== undefined && { blue: target.blue }),
  }));
}

function describe({ values, request }: Combination): string {
  const what = [...(request ? [`${request.method ?? 'GET'} ${request.path}`] : []), ...values];
  return what.length > 0 ? ` (${shorten(what.join(', '), SHOWN_CHARACTERS)})` : '';
}
