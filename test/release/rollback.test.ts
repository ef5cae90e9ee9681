import { describe, expect, it } from 'vitest';
import type { FunctionVersion } from '../../functions/release/preflight.ts';
import type { ReleaseRecord } from '../../functions/release/record.ts';
import { newRollback, parseRollback, problemOf, rolledBack, type WayBack } from '../../functions/release/rollback.ts';
import { allTraffic } from '../../functions/release/routing.ts';
import { aRecord, at, NOON, textsOf } from './a-record.ts';

const target = { function: 'orders-api', alias: 'live' };
const version = (more: Partial<FunctionVersion> = {}): FunctionVersion => ({ version: '1', state: 'Active', ...more }) as FunctionVersion;
const last = (more: Partial<ReleaseRecord> = {}) => aRecord({}, { status: 'promoted', ...more });
const way = (more: Partial<WayBack> = {}): WayBack => ({
  target,
  routing: allTraffic('2'),
  serving: { version: '2', releaseId: 'orders-7', since: NOON } as WayBack['serving'],
  last: last(),
  before: version(),
  ...more,
});
const first = last({ targets: [{ ...target, green: '2', isFirst: true }] });
const contracted = last({ hooks: [{ moment: 'afterTraffic', function: 'contract', status: 'failed', at: NOON }] });

describe('a way back', () => {
  it('is there where the version before can serve', () => {
    expect(problemOf(way(), false)).toBeUndefined();
    expect(problemOf(way({ before: version({ state: undefined }) }), false)).toBeUndefined();
    expect(problemOf(way({ last: contracted }), true)).toBeUndefined();
  });

  it.each<[string, Partial<WayBack>, RegExp]>([
    ['there is no alias', { routing: undefined }, /has no alias live/],
    ['nothing was promoted', { serving: undefined }, /no release has promoted a version/],
    ['its last release is not known', { last: undefined }, /no release has promoted a version/],
    ['it was rolled back already', { last: last({ rollback: {} }) }, /was rolled back already/],
    ['somebody has moved the alias', { routing: { version: '2', weights: { 1: 10 } } }, /somebody has moved alias live of orders-api/],
    ['its release was the first', { last: first }, /^release orders-7 was the first of orders-api:live: there is no version before it$/],
    ['the version before is gone', { before: undefined }, /is gone: release it anew/],
    [
      'Lambda has put it to sleep',
      { before: version({ state: 'Inactive', stateReason: 'idle' }) },
      /^version 1 of orders-api is Inactive \(idle\): .* Wake it/,
    ],
    ['it cannot serve', { before: version({ state: 'Failed' }) }, /^version 1 of orders-api is Failed: it cannot serve$/],
    [
      'a contract hook was called, whatever came of it',
      { last: contracted },
      /called its afterTraffic hook contract at .*"evenAfterContract": true/,
    ],
  ])('is none where %s', (_, more, said) => expect(problemOf(way(more), false)).toMatch(said));
});

describe('what a person says of a rollback', () => {
  it('is read with everything said', () => {
    expect(parseRollback({ targets: ['orders-api'], reason: 'r'.repeat(1000) })).toMatchObject({
      targets: [target],
      evenAfterContract: false,
    });
  });

  it.each([null, [], 'orders-api', {}, { targets: ['orders-api'], reason: 'r'.repeat(1001) }, { targets: ['orders-api'], reason: '' }])(
    'is refused: %j',
    (body) => expect(parseRollback(body)).toHaveProperty('wrong'),
  );
});

describe('a rollback that is no object', () => {
  it('is refused in words', () => {
    expect(parseRollback([])).toEqual({ wrong: [{ field: '', message: expect.stringMatching(/^a rollback is a JSON object such as/) }] });
    expect(parseRollback(null)).toEqual(parseRollback([]));
  });
});

describe('the record of a rollback', () => {
  const pinned = { blueCodeSha256: 'of 1', codeSha256: 'of 2' };
  const released = last({ targets: [{ ...target, blue: '1', green: '2', ...pinned }] });
  const rollBack = (more = {}, to?: string) =>
    newRollback({
      id: 'back-1',
      ways: [{ target, last: released, ...(to && { version: to }) }],
      reason: 'broken',
      evenAfterContract: false,
      at: NOON,
      by: 'grace',
      ...more,
    });

  it('goes from what serves to the version before, or to the one that was wanted', () => {
    const back = { blue: '2', blueCodeSha256: 'of 2', rollsBack: 'orders-7' };
    expect(rollBack().targets).toEqual([{ ...target, ...back, green: '1', codeSha256: 'of 1' }]);
    expect(rollBack({}, '1').targets).toEqual([{ ...target, ...back, green: '1', codeSha256: 'of 1' }]);
    expect(rollBack({}, '0').targets).toEqual([{ ...target, ...back, green: '0' }]);
  });

  it('says what a person wanted all the same, and what was done without Teal', () => {
    expect(rollBack().rollback).toEqual({});
    expect(rollBack({ evenAfterContract: true, isDirect: true }).rollback).toEqual({ evenAfterContract: true, isDirect: true });
  });

  it('has a request that is read as any other: nothing is watched, judged or held against the code', () => {
    expect(rollBack().request).toMatchObject({
      alarmsAlreadyRed: 'reject',
      judge: { errors: false, latency: false },
      unwatched: true,
      again: false,
    });
  });

  it('marks of the release before it only the targets that went back, once', () => {
    const group = last({
      targets: [
        { ...target, blue: '1', green: '2' },
        { function: 'payments', alias: 'live', blue: '5', green: '6' },
      ],
    });
    const marked = rolledBack(rollBack(), at(1))(group)!;
    expect(marked.targets.map(({ rolledBackBy }) => rolledBackBy)).toEqual(['back-1', undefined]);
    expect(textsOf(marked)).toEqual(['grace rolled back orders-api by release back-1: broken']);
    expect(rolledBack(rollBack(), at(2))(marked)).toBeUndefined();
    expect(rolledBack(rollBack(), at(1))({ ...group, id: 'another' })).toBeUndefined();
    const other = last({ id: 'payments-3', targets: [{ function: 'payments', alias: 'live', blue: '5', green: '6' }] });
    const both = newRollback({
      id: 'back-2',
      ways: [
        { target, last: group },
        { target: { function: 'payments', alias: 'live' }, last: other },
      ],
      reason: 'broken',
      evenAfterContract: false,
      at: NOON,
      by: 'grace',
    });
    expect(rolledBack(both, at(1))(group)?.targets.map(({ rolledBackBy }) => rolledBackBy)).toEqual(['back-2', undefined]);
    expect(rolledBack(both, at(1))(other)?.targets.map(({ rolledBackBy }) => rolledBackBy)).toEqual(['back-2']);
    const left = { ...rollBack(), targets: rollBack().targets.map((one) => ({ ...one, moved: 'elsewhere' })) };
    expect(rolledBack(left, at(1))(group)).toBeUndefined();
  });
});
