import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { toModel } from '../../../cli/live/model.ts';
import { printFrame } from '../../../scripts/demo/play/frame.ts';
import type { View } from '../../../scripts/demo/play/game.ts';
import { printLastFrame } from '../../../scripts/demo/play/last-frame.ts';
import { hasHeld, type Summary } from '../../../scripts/demo/play/summary.ts';
import { anAnswer, someNumbers } from '../../cli/live/an-answer.ts';

const START_MS = Date.UTC(2026, 0, 15, 12);
const at = (minutes: number) => START_MS + minutes * 60_000;
const served = (version: string, count: number) => Array.from({ length: count }, () => ({ atMs: at(10), version }));

const VIEWS: Record<string, View> = {
  'before a release': {
    atMs: at(3),
    beganMs: at(3),
    tally: { requests: 1801, failedOfOwnBug: 0, failedBecauseOfTeal: 0, lately: served('41', 300) },
    events: [{ atMs: at(3), text: '! k does nothing: no release is in flight, so Teal writes no alias: g or b begins one' }],
    isEnding: false,
  },
  'in a release': {
    atMs: at(9.8),
    beganMs: at(3),
    tally: { requests: 5881, failedOfOwnBug: 12, failedBecauseOfTeal: 0, lately: [...served('41', 147), ...served('42', 153)] },
    green: '42',
    live: toModel(anAnswer(), undefined, someNumbers()),
    notice: "Teal's API answers 503; this is what it said last",
    events: [
      { atMs: at(3), text: '▶ you release a bad version: orders-api-20260115-120000-4f7a2c' },
      { atMs: at(6), text: '✂ the next function of Teal that writes the alias will die doing it' },
      { atMs: at(7), text: '✂ shiftTraffic is dead, just after it wrote the alias: it never knew' },
      { atMs: at(9), text: '⏳ AWS refuses every call of Teal for a minute' },
    ],
    isEnding: false,
  },
  'when Teal has failed': {
    atMs: at(30),
    beganMs: at(3),
    tally: { requests: 12_345, failedOfOwnBug: 12, failedBecauseOfTeal: 3, lately: served('42', 300) },
    live: toModel(anAnswer({ status: 'promoted', reason: { code: 'passed', message: 'all bakes passed' } }), undefined, undefined),
    events: [],
    isEnding: true,
  },
};

const SUMMARIES: Record<string, Summary> = {
  held: {
    cloudMinutes: 26,
    tally: { requests: 17_401, failedOfOwnBug: 13, failedBecauseOfTeal: 0 },
    releases: [
      { id: 'mobile-api-20260115-120300-e723d6', kind: 'good', status: 'promoted', reason: 'all bakes passed; no alarm was watched' },
      {
        id: 'mobile-api-20260115-121600-dcf492',
        kind: 'bad',
        status: 'reverted',
        reason:
          'failed responses of mobile-api since 12:17 UTC: green failed 9 of 450 requests while blue failed 0 of 1,350; evidence 840 to 1 (limit 100 to 1) over 5 metrics',
      },
    ],
    faults: { killed: 2, throttled: 1, moved: 0, stopped: 1 },
    stranded: [],
    broken: [],
    seed: 7,
    script: 'g 5s k 8s b 9s t s k q',
  },
  failed: {
    cloudMinutes: 4,
    tally: { requests: 2400, failedOfOwnBug: 0, failedBecauseOfTeal: 2, firstBecauseOfTeal: 'version 3: boom' },
    releases: [],
    faults: { killed: 0, throttled: 0, moved: 0, stopped: 0 },
    stranded: ['alias live is on version 2 with {"3":0.25}, not on 2 alone'],
    broken: ['G6: an open bake of mobile-api-1 is left behind'],
    seed: 1,
    script: 'q',
  },
};

describe.each([60, 120])('the game in %i columns', (columns) => {
  const frameOf = (name: string, hasColour = false) => printFrame(VIEWS[name]!, { columns, rows: 40, hasColour });

  it.each(Object.keys(VIEWS))('%s is as the golden file has it', async (name) => {
    await expect(`${frameOf(name).join('\n')}\n`).toMatchFileSnapshot(`./golden/${name.replaceAll(' ', '-')}-${columns}.txt`);
  });

  it.each(Object.keys(VIEWS))('%s says with colours what it says without', (name) => {
    const coloured = frameOf(name, true);
    expect(coloured.join('')).toContain('\x1b[');
    expect(coloured.map(stripVTControlCharacters)).toEqual(frameOf(name));
  });

  it.each(Object.keys(SUMMARIES))('that Teal %s ends as the golden file has it', async (name) => {
    const text = printLastFrame(SUMMARIES[name]!, columns).join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot(`./golden/last-${name}-${columns}.txt`);
  });
});

describe('the game', () => {
  it('fits into any screen, with the keys at its end', () => {
    for (let columns = 30; columns <= 160; columns += 5) {
      for (const rows of [24, 40, 60]) {
        for (const [name, view] of Object.entries(VIEWS)) {
          const lines = printFrame(view, { columns, rows, hasColour: false });
          expect(lines.length, `${name} in ${columns} × ${rows}`).toBeLessThanOrEqual(rows);
          for (const line of lines) expect([...line].length, `${name} in ${columns} × ${rows}`).toBeLessThanOrEqual(columns);
          if (!view.isEnding && columns >= 60) expect(lines.slice(-2).join()).toContain('[q] quit');
        }
      }
    }
  });

  it('ends with the command that plays it again, in one piece', () => {
    expect(printLastFrame(SUMMARIES.held!, 60).at(-1)).toBe('npm run demo -- --play --seed 7 --script "g 5s k 8s b 9s t s k q"');
  });

  it.each<[string, Partial<Summary>]>([
    ['a request failed because of it', { tally: { requests: 9, failedOfOwnBug: 0, failedBecauseOfTeal: 1 } }],
    ['an alias is stranded', { stranded: ['alias live is on version 1'] }],
    ['a guarantee is broken', { broken: ['G6: something is left behind'] }],
  ])('is lost by Teal when %s', (_, said) => {
    expect(hasHeld(SUMMARIES.held!)).toBe(true);
    expect(hasHeld({ ...SUMMARIES.held!, ...said })).toBe(false);
  });
});
