import type { Numbers } from '../../../cli/live/numbers.ts';
import type { ReleaseAnswer } from '../../../cli/release-answer.ts';

/** A release of one function in the bake of its second step, as the API answers; with what a test says of it. */
export const anAnswer = (said: Partial<ReleaseAnswer> = {}): ReleaseAnswer => ({
  id: 'orders-api-20260115-120000-4f7a2c',
  status: 'baking',
  targets: [{ function: 'orders-api', alias: 'live', blue: '41', green: '42' }],
  step: { number: 2, of: 3, weight: 50 },
  plan: [
    { weight: 10, bake: '5m' },
    { weight: 50, bake: '10m' },
    { weight: 100, bake: '5m' },
  ],
  weights: { 'orders-api:live': 50 },
  asOf: '2026-01-15T12:09:48.000Z',
  bake: { openedAt: '2026-01-15T12:06:00.000Z', seconds: 600 },
  alarms: ['orders-errors', 'orders-latency'],
  evidence: {
    alarms: [
      { name: 'orders-errors', state: 'OK' },
      { name: 'orders-latency', state: 'INSUFFICIENT_DATA' },
    ],
  },
  judgement: {
    evidence: 12.5,
    limit: 100,
    message:
      "errors of orders-api: green failed 9 of 1,180 requests while blue failed 3 of 1,240: 3.2 times the odds (at blue's rate 2.9 would have failed); evidence 12 to 1 (limit 100 to 1) over 4 metrics",
    tooFew: [],
  },
  startedAt: '2026-01-15T12:00:00.000Z',
  startedBy: 'arn:aws:sts::123456789012:assumed-role/deploy/ada',
  timeline: [
    { at: '2026-01-15T12:00:00.000Z', text: 'arn:aws:sts::123456789012:assumed-role/deploy/ada started the release of orders-api' },
    { at: '2026-01-15T12:00:10.000Z', text: 'watching orders-errors, orders-latency' },
    { at: '2026-01-15T12:00:20.000Z', text: 'green of orders-api is version 42; blue is version 41' },
    { at: '2026-01-15T12:00:30.000Z', text: 'shifting 10 % to green' },
    {
      at: '2026-01-15T12:05:50.000Z',
      text: 'judged: errors of orders-api: green failed 1 of 240 requests while blue failed 3 of 2,160; evidence 1.2 to 1',
    },
    { at: '2026-01-15T12:05:50.000Z', text: 'the bake at 10 % is over: advance' },
    { at: '2026-01-15T12:05:55.000Z', text: 'shifting 50 % to green' },
  ],
  ...said,
});

export const someNumbers = (target = 'orders-api:live'): Numbers => ({
  byTarget: new Map([[target, { blue: { requests: 1240, errors: 3, meanMs: 41.4 }, green: { requests: 1180, errors: 9, meanMs: 8.25 } }]]),
});
