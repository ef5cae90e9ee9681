import { describe, expect, it } from 'vitest';
import { endingOf } from '../../client/ending.ts';

const ended = (status: string, code = 'error', moved?: string) =>
  endingOf({
    id: 'orders-1',
    status,
    reason: { code, message: 'because' },
    targets: [{ function: 'orders', alias: 'live', moved }],
    timeline: [],
  });

describe('the end of a release', () => {
  it.each(['promoted', 'unchanged'])('is good: %s', (status) => {
    expect(ended(status)).toMatchObject({ isGood: true, message: expect.stringContaining('orders-1') });
  });

  it.each([
    ['reverted', 'TEAL_REVERTED'],
    ['rejected', 'TEAL_REJECTED'],
    ['alias-moved', 'TEAL_ALIAS_MOVED'],
    ['stuck', 'TEAL_STUCK'],
    ['asleep', 'TEAL_ASLEEP'],
  ])('is not, with a code and the reason: %s', (status, code) => {
    const ending = ended(status);
    expect(ending).toMatchObject({ isGood: false, code });
    expect(ending.message).toContain('because');
  });

  it('names --again only where Teal would refuse the code from now on', () => {
    for (const code of ['alarm', 'regression', 'blind', 'too-few-requests']) expect(ended('reverted', code).message).toContain('--again');
    for (const code of ['aborted', 'stopped', 'error']) expect(ended('reverted', code).message).not.toContain('--again');
  });

  it('names the alias that a person moved', () => {
    expect(ended('alias-moved', 'alias-moved', 'version 7').message).toContain('orders:live (version 7)');
  });
});
