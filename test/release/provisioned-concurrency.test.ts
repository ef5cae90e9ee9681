import { describe, expect, it } from 'vitest';
import { cooled, givingConcurrency, lookAgainAt, tookConcurrency } from '../../functions/release/provisioned-concurrency.ts';
import type { ReleaseTarget } from '../../functions/release/record.ts';
import { aRecord, at, NOON, textsOf } from './a-record.ts';

const GROUP = { targets: ['orders-api', 'payments', 'search'] };
const concurrency = ({ targets }: { targets: ReleaseTarget[] } = { targets: [] }) =>
  targets.map(({ greenConcurrency }) => greenConcurrency);

describe('the provisioned concurrency of green', () => {
  const record = aRecord(GROUP);
  const [orders, payments] = record.targets as [ReleaseTarget, ReleaseTarget];

  it('is noted once of each target that is given some', () => {
    const given = givingConcurrency([orders], NOON)(record)!;
    const both = givingConcurrency([orders, payments], NOON)({ ...given, recent: [] })!;
    expect([concurrency(given), concurrency(both)]).toEqual([
      ['given', undefined, undefined],
      ['given', 'given', undefined],
    ]);
    expect(textsOf(both)).toEqual([expect.stringMatching(/^version 2 of payments is given a provisioned concurrency/)]);
    expect(givingConcurrency([orders, payments], NOON)(both)).toBeUndefined();
  });

  it('is taken again of those that were given some, once', () => {
    const taken = tookConcurrency(NOON)({ ...givingConcurrency([orders], NOON)(record)!, recent: [] })!;
    expect([concurrency(taken), textsOf(taken)]).toEqual([
      ['taken', undefined, undefined],
      ['the provisioned concurrency of version 2 of orders-api is taken again'],
    ]);
    expect(tookConcurrency(NOON)(taken)).toBeUndefined();
  });

  it('is looked after a quarter of an hour later, while the release goes on', () => {
    expect(lookAgainAt(NOON)).toBe(at(15));
  });
});

describe('a version that has lost its provisioned concurrency', () => {
  it('is told once, of its own target, and why', () => {
    const record = aRecord(GROUP);
    const [orders, payments] = record.targets as [ReleaseTarget, ReleaseTarget];
    const one = cooled(orders, '1', NOON)(record)!;
    expect([one.targets.map(({ isCooled }) => isCooled), textsOf(one)]).toEqual([
      [true, undefined, undefined],
      ['the provisioned concurrency of version 1 of orders-api is taken: nobody has gone back to it'],
    ]);
    expect(cooled(orders, '1', NOON)(one)).toBeUndefined();
    expect(textsOf(cooled(payments, '2', NOON)({ ...one, recent: [] }))).toEqual([
      'the provisioned concurrency of version 2 of payments is taken: somebody has gone back to version 1',
    ]);
  });
});
