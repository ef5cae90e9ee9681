import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { toModel } from '../../../cli/live/model.ts';
import { printModel } from '../../../cli/live/printer.ts';
import type { ReleaseAnswer } from '../../../cli/release-answer.ts';
import { anAnswer, someNumbers } from './an-answer.ts';

const many = Array.from({ length: 30 }, (_, index) => `service-${String(index + 1).padStart(2, '0')}`);

const MOMENTS: Record<string, Partial<ReleaseAnswer>> = {
  preparing: {
    status: 'preparing',
    step: undefined,
    bake: undefined,
    evidence: undefined,
    judgement: undefined,
    alarms: [],
    weights: { 'orders-api:live': 0 },
    targets: [{ function: 'orders-api', alias: 'live' }],
    timeline: anAnswer().timeline.slice(0, 1),
  },
  baking: {},
  'awaiting approval': {
    status: 'awaiting-approval',
    step: { number: 3, of: 3, weight: 100 },
    weights: { 'orders-api:live': 100 },
    bake: { openedAt: '2026-01-15T12:06:00.000Z', seconds: 180 },
    judgement: undefined,
    approval: {
      before: 'promote',
      onTimeout: 'decline',
      notBy: 'starter',
      askedAt: '2026-01-15T12:09:00.000Z',
      until: '2026-01-15T16:09:00.000Z',
    },
  },
  paused: {
    status: 'paused',
    bake: { openedAt: '2026-01-15T12:06:00.000Z', seconds: 600, pausedAt: '2026-01-15T12:08:00.000Z' },
  },
  reverted: {
    status: 'reverted',
    reason: {
      code: 'alarm',
      message: 'alarm orders-errors is in ALARM: Threshold Crossed: 1 datapoint [9.0] was greater than the threshold (0.0)',
    },
    bake: undefined,
    weights: { 'orders-api:live': 0 },
    evidence: { alarms: [{ name: 'orders-errors', state: 'ALARM' }] },
  },
  'of a stack': {
    targets: [
      ...many.map((name) => ({ function: name, alias: 'live', blue: '1', green: '2' })),
      { function: 'same', alias: 'live', blue: '7', unchanged: true },
    ],
    weights: Object.fromEntries(many.map((name) => [`${name}:live`, 50])),
    alarms: many.map((name) => `${name}-errors`),
    evidence: { alarms: many.map((name, index) => ({ name: `${name}-errors`, state: index === 20 ? 'ALARM' : 'OK' })) },
    plan: Array.from({ length: 20 }, (_, index) => ({ weight: (index + 1) * 5, bake: '1h' })),
    step: { number: 10, of: 20, weight: 50 },
    bake: { openedAt: '2026-01-15T12:06:00.000Z', seconds: 3600 },
  },
};

/** The target that has numbers. */
const NUMBERED: Record<string, string> = { 'of a stack': 'service-20:live' };

const linesOf = (moment: string, columns: number, hasColour = false, rows = 60) => {
  // What was in the bake before.
  const before = toModel(
    anAnswer({ ...MOMENTS[moment], status: 'baking', weights: moment === 'of a stack' ? MOMENTS[moment]!.weights : anAnswer().weights }),
    undefined,
    someNumbers(NUMBERED[moment]),
  );
  return printModel(toModel(anAnswer(MOMENTS[moment]), moment === 'preparing' ? undefined : before, undefined), {
    columns,
    rows,
    hasColour,
  });
};

describe.each([60, 120])('the live view in %i columns', (columns) => {
  it.each(Object.keys(MOMENTS))('of a release that is %s is as the golden file has it', async (moment) => {
    const lines = linesOf(moment, columns);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`./golden/${moment.replaceAll(' ', '-')}-${columns}.txt`);
  });

  it.each(Object.keys(MOMENTS))('of a release that is %s fits', (moment) => {
    for (const line of linesOf(moment, columns)) expect([...line].length).toBeLessThanOrEqual(columns);
  });

  it.each(Object.keys(MOMENTS))('of a release that is %s says with colours what it says without', (moment) => {
    const coloured = linesOf(moment, columns, true);
    expect(coloured.join('')).toContain('\x1b[');
    expect(coloured.map(stripVTControlCharacters)).toEqual(linesOf(moment, columns));
  });
});

describe('the live view', () => {
  it('fits into any width', () => {
    for (let columns = 20; columns <= 200; columns++)
      for (const moment of Object.keys(MOMENTS))
        for (const line of linesOf(moment, columns)) expect([...line].length, `${moment} in ${columns}`).toBeLessThanOrEqual(columns);
  });

  it('fits on a low screen, with the newest of the timeline', () => {
    const lines = linesOf('baking', 80, false, 24);
    expect(lines.length).toBe(24);
    expect(lines.at(-1)).toContain('shifting 50 % to green');
    expect(linesOf('of a stack', 80, false, 10).length).toBe(10);
  });

  it('goes on without numbers, and says why', () => {
    const model = toModel(anAnswer(), undefined, { missing: 'these credentials may not cloudwatch:GetMetricData' });
    const text = printModel(model, { columns: 120, rows: 60, hasColour: false }).join('\n');
    expect(text).toContain('no numbers of blue and green: these credentials may not cloudwatch:GetMetricData');
    expect(text).toContain('6m 12s left');
  });

  it('says what is up with the connection', () => {
    const lines = printModel(toModel(anAnswer(), undefined, undefined), {
      columns: 60,
      rows: 60,
      hasColour: false,
      notice: 'nobody answers',
    });
    expect(lines.at(-1)).toBe('! nobody answers');
  });

  it('lets nobody write over the screen', () => {
    const reason = { code: 'aborted', message: 'ada aborted it: \x1b[2J\x1b[Hall is well\r\n' };
    const text = printModel(toModel(anAnswer({ status: 'reverted', reason }), undefined, undefined), {
      columns: 80,
      rows: 60,
      hasColour: false,
    }).join('');
    expect(text).toContain('all is well');
    expect(text).not.toMatch(/\p{Cc}/u);
  });
});
