import { describe, expect, it } from 'vitest';
import { describePreflight, type FunctionVersion, type TargetFacts } from '../../functions/release/preflight.ts';
import { aRelease } from './judge/a-judged-release.ts';

const aVersion = (version: string, timeoutSeconds: number): FunctionVersion => ({
  version,
  codeSha256: `code of ${version}`,
  role: 'arn:aws:iam::123456789012:role/sample',
  timeoutSeconds,
  configuration: '{}',
});

interface Found {
  blueTimeoutSeconds?: number;
  greenTimeoutSeconds?: number;
  silentMetrics?: string[];
}

/** What Plan notes of a release of functions of which it found this. */
function notesOf(found: Record<string, Found>, release: Parameters<typeof aRelease>[0] = {}): string[] {
  const record = aRelease({ targets: Object.keys(found), ...release });
  const facts = record.targets.map((target): TargetFacts => {
    const { blueTimeoutSeconds = 3, greenTimeoutSeconds = 3, silentMetrics = [] } = found[target.function]!;
    return {
      target,
      next: aVersion('$LATEST', greenTimeoutSeconds),
      blue: aVersion('1', blueTimeoutSeconds),
      routing: { version: '1', weights: {} },
      hasProvisionedConcurrency: false,
      isCalledOverHttp: false,
      silentMetrics,
      drift: [],
    };
  });
  return describePreflight(record, facts);
}

describe('before a release it is noted', () => {
  const lateNote = (names: string) =>
    `a minute of ${names} is judged only when the timeout is over, and a bake of this plan is over before that: it cannot be judged in time`;

  it.each<[string, Found]>([
    ['green', { greenTimeoutSeconds: 551 }],
    ['blue', { blueTimeoutSeconds: 551 }],
  ])('that a bake ends before a minute can be judged of a function whose %s may run longer', (_, found) => {
    const plan = '10% 1h, 50% 10m, 100% 1h';
    expect(notesOf({ 'orders-api': found, payments: {} }, { plan })).toContain(lateNote('orders-api'));
  });

  it('of no function whose minutes can be judged in every bake that judges', () => {
    const isLate = (note: string) => note.startsWith('minutes of ');
    expect(notesOf({ 'orders-api': { greenTimeoutSeconds: 550 } }, { plan: '10% 1h, 50% 10m, 100% 1h' }).filter(isLate)).toEqual([]);
    // At 100 % and in a step without a bake nothing is judged.
    expect(notesOf({ 'orders-api': { greenTimeoutSeconds: 900 } }, { plan: '5% 0m, 10% 1h, 100% 1m' }).filter(isLate)).toEqual([]);
  });

  it('which of the user’s own metrics blue reported nothing of the day before', () => {
    const metrics = ['declined', 'refunds'].map((name) => ({ name, target: 'payments', namespace: 'Shop', bad: name }));
    const notes = notesOf(
      { 'orders-api': {}, payments: { silentMetrics: ['declined', 'refunds'] } },
      { judge: { latency: false, metrics } },
    );
    expect(notes.filter((note) => note.startsWith('blue of '))).toEqual([
      'blue of payments has reported nothing of declined on the day before: is that its name?',
      'blue of payments has reported nothing of refunds on the day before: is that its name?',
    ]);
  });
});
