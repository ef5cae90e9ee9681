import { describe, expect, it } from 'vitest';
import { isSameBut, type LiveModel, toModel } from '../../../cli/live/model.ts';
import type { ReleaseAnswer } from '../../../cli/release-answer.ts';
import { anAnswer, someNumbers } from './an-answer.ts';

const modelOf = (said: Partial<ReleaseAnswer>, previous?: LiveModel) => toModel(anAnswer(said), previous, undefined);
const marksOf = (said: Partial<ReleaseAnswer>) => modelOf(said).states.map(({ name, mark }) => `${name}: ${mark}`);
const firstStep = { number: 1, of: 3, weight: 10 };

describe('the states of a release', () => {
  it('are what it prepares, its steps and the promotion', () => {
    expect(marksOf({})).toEqual(['prepare: done', '10 % for 5m: done', '50 % for 10m: now', '100 % for 5m: to come', 'promote: to come']);
  });

  it.each<[string, Partial<ReleaseAnswer>, string[]]>([
    ['preparing', { status: 'preparing', step: undefined }, ['now', 'to come', 'to come', 'to come', 'to come']],
    ['awaiting approval', { status: 'awaiting-approval', step: undefined }, ['now', 'to come', 'to come', 'to come', 'to come']],
    ['paused', { status: 'paused' }, ['done', 'done', 'now', 'to come', 'to come']],
    ['shifting', { status: 'shifting', step: firstStep }, ['done', 'now', 'to come', 'to come', 'to come']],
    // A person promotes it from its first step.
    ['promoting', { status: 'promoting', step: firstStep }, ['done', 'done', 'done', 'done', 'now']],
    ['promoted', { status: 'promoted' }, ['done', 'done', 'done', 'done', 'done']],
    ['unchanged', { status: 'unchanged', step: undefined }, ['done', 'left out', 'left out', 'left out', 'left out']],
    ['rejected', { status: 'rejected', step: undefined }, ['failed', 'left out', 'left out', 'left out', 'left out']],
    ['reverting', { status: 'reverting' }, ['done', 'done', 'failed', 'left out', 'left out', 'now']],
    ['reverted', { status: 'reverted' }, ['done', 'done', 'failed', 'left out', 'left out', 'done']],
    ['stuck', { status: 'stuck' }, ['done', 'done', 'failed', 'left out', 'left out', 'failed']],
    ['alias-moved', { status: 'alias-moved' }, ['done', 'done', 'failed', 'left out', 'left out', 'done']],
  ])('are marked when it is %s', (_, said, marks) => {
    expect(modelOf(said).states.map(({ mark }) => mark)).toEqual(marks);
  });
});

describe('the model of a release', () => {
  it("tells the time that is left by Teal's clock", () => {
    expect(modelOf({}).bake).toEqual({ weightPercent: 50, seconds: 600, passedSeconds: 228, leftSeconds: 372 });
    expect(modelOf({ asOf: '2026-01-15T12:20:00.000Z' }).bake).toMatchObject({ leftSeconds: 0 });
    expect(modelOf({ status: 'shifting' }).bake).toBeUndefined();
  });

  it('tells the time that is left without pauses, and stands still in one', () => {
    const bake = { openedAt: '2026-01-15T12:06:00.000Z', seconds: 600, pausedSeconds: 60 };
    expect(modelOf({ bake }).bake).toMatchObject({ passedSeconds: 168, leftSeconds: 432 });
    const paused = { ...bake, pausedAt: '2026-01-15T12:08:00.000Z' };
    expect(modelOf({ status: 'paused', bake: paused }).bake).toMatchObject({ passedSeconds: 60, leftSeconds: 540 });
    expect(modelOf({ status: 'paused', bake: paused, asOf: '2026-01-15T14:00:00.000Z' }).bake).toMatchObject({ leftSeconds: 540 });
  });

  it('tells the share that green really got beside the weight asked for', () => {
    const [target] = toModel(anAnswer(), undefined, someNumbers()).targets;
    expect(target).toMatchObject({ askedPercent: 50, numbers: { green: { errors: 9 } } });
    expect(target!.gotPercent).toBeCloseTo((1180 / 2420) * 100, 10);
  });

  it('keeps the numbers until there are newer ones, and not for another weight', () => {
    const before = toModel(anAnswer(), undefined, someNumbers());
    expect(modelOf({}, before).targets).toEqual(before.targets);
    const next = modelOf({ step: { number: 3, of: 3, weight: 100 }, weights: { 'orders-api:live': 100 } }, before).targets[0]!;
    expect([next.numbers, next.gotPercent]).toEqual([undefined, undefined]);
  });

  it('says why there are no numbers until there are', () => {
    const denied = toModel(anAnswer(), undefined, { missing: 'denied' });
    expect(modelOf({}, denied).numbersMissing).toBe('denied');
    expect(toModel(anAnswer(), denied, someNumbers()).numbersMissing).toBeUndefined();
  });

  it('tells where the evidence goes', () => {
    const before = modelOf({});
    const trend = (evidence: number) => modelOf({ judgement: { ...anAnswer().judgement!, evidence } }, before).evidence!.trend;
    expect([trend(50), trend(12.5), trend(1)]).toEqual(['up', 'same', 'down']);
    expect(modelOf({ judgement: undefined }).evidence).toBeUndefined();
  });

  it('has the alarms that no look has read yet', () => {
    expect(modelOf({ evidence: undefined }).alarms).toEqual([
      { name: 'orders-errors', state: 'not read yet' },
      { name: 'orders-latency', state: 'not read yet' },
    ]);
  });

  it('is the same when nothing but time has passed', () => {
    expect(isSameBut(modelOf({}), modelOf({ asOf: '2026-01-15T12:10:00.000Z' }))).toBe(true);
    expect(isSameBut(modelOf({}), modelOf({ status: 'shifting', bake: undefined }))).toBe(false);
    expect(isSameBut(modelOf({}), modelOf({ evidence: undefined }))).toBe(false);
  });
});
