import { describe, expect, it } from 'vitest';
import { type AliasFacts, describeDrift } from '../../functions/release/drift.ts';

const target = { function: 'orders-api', alias: 'live' };
const serving = { version: '4', releaseId: 'orders-api-1', since: '2026-01-15T12:00:00.000Z' };
const drift = (facts: Partial<AliasFacts>) =>
  describeDrift(target, {
    routing: { version: '4', weights: {} },
    serving,
    owner: { stack: 'shop', logicalId: 'OrdersLive', type: 'Custom::TealAlias' },
    requests: { ofFunction: 10, ofAlias: 10, ofLatest: 0 },
    ...facts,
  });

describe('of an alias it is told', () => {
  it('nothing, when it is where Teal left it and users come through it', () => {
    expect(drift({})).toEqual([]);
    expect(drift({ requests: { ofFunction: 100, ofAlias: 1, ofLatest: 99 } })).toEqual([]);
    expect(drift({ owner: undefined, serving: undefined, requests: { ofFunction: 0, ofAlias: 0, ofLatest: 0 } })).toEqual([]);
    // By other aliases, or by Teal to a version.
    expect(drift({ requests: { ofFunction: 7, ofAlias: 0, ofLatest: 0 } })).toEqual([]);
  });

  it.each<[string, Partial<AliasFacts>, string]>([
    [
      'that somebody moved it',
      { routing: { version: '3', weights: { 5: 10 } } },
      'somebody has moved alias live of orders-api since: it is on version 3 with 10 % on version 5, and release orders-api-1 put version 4 in service at 2026-01-15T12:00:00.000Z',
    ],
    [
      'that a stack owns where it points',
      { owner: { stack: 'shop', logicalId: 'OrdersLive', type: 'AWS::Lambda::Alias' } },
      'stack shop owns where alias live of orders-api points (OrdersLive): a deploy that changes the resource moves it, also during a release',
    ],
    ['that nobody knows whose it is', { owner: 'unknown' }, 'CloudFormation did not say whether a stack has alias live of orders-api'],
    [
      'that nobody knows whether it is called',
      { requests: undefined },
      'CloudWatch did not say whether anybody calls alias live of orders-api',
    ],
    [
      'that nobody calls it, also when the function is called once',
      { requests: { ofFunction: 1, ofAlias: 0, ofLatest: 1 } },
      expect.stringMatching(/^orders-api had 1 request without an alias in the last day, and its alias live none:/) as never,
    ],
    [
      'that nobody calls it',
      { requests: { ofFunction: 1240, ofAlias: 0, ofLatest: 1234 } },
      'orders-api had 1,234 requests without an alias in the last day, and its alias live none: whoever calls the function so gets $LATEST, whatever a release does; POST /adoptions tells who that is',
    ],
  ])('%s', (_, facts, message) => expect(drift(facts)).toEqual([message]));
});
