import { describe, expect, it } from 'vitest';
import { type Asker, endingOf } from '../../client/ending.ts';

const ended = (
  status: string,
  code = 'error',
  { moved, asks = 'deploy', message = 'because' }: { moved?: string; asks?: Asker; message?: string } = {},
) =>
  endingOf(
    { id: 'orders-1', status, reason: { code, message }, targets: [{ function: 'orders', alias: 'live', moved }], timeline: [] },
    asks,
  );

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

  it.each(['reverted', 'rejected'])('speaks of a deploy to whoever deployed, and to others of the release alone: %s', (status) => {
    const toDeploy = ended(status, 'alarm', { asks: 'deploy' }).message;
    expect(toDeploy).toMatch(/Mend .* and deploy again\..* What else this deploy changed .* stays as deployed\.$/);
    const toCommand = ended(status, 'alarm', { asks: 'command' }).message;
    expect(toCommand).toMatch(/Mend .* and release it again\./);
    expect(toCommand).not.toMatch(/deploy/);
  });

  it('blames the code only where that was the reason', () => {
    expect(ended('reverted', 'alarm').message).toContain('Mend the code');
    for (const code of ['aborted', 'stopped', 'error']) {
      expect(ended('reverted', code).message).not.toContain('Mend the code');
      expect(ended('reverted', code, { asks: 'command' }).message).toContain('To try the same code once more, release it again.');
    }
  });

  it('asks nobody to mend what was aborted before any traffic', () =>
    expect(ended('rejected', 'aborted', { asks: 'command' }).message).toContain('To try once more, release it again.'));

  it.each([
    ['rejected', 'release orders-2 of orders is newer, and waits too', 'Release orders-1 has not begun: '],
    ['reverted', 'release orders-2 of ada replaces it', 'Release orders-1 was reverted: '],
  ])('has nobody mend or release again what a newer release replaced: %s', (status, message, begins) => {
    const told = ended(status, 'replaced', { asks: 'command', message }).message;
    expect(told).toContain(`${begins}${message}. `);
    expect(told).not.toMatch(/Mend|again/);
  });

  it('ends well for who gave way to a newer release that waited too, which releases what he would have', () => {
    expect(ended('rejected', 'replaced').isGood).toBe(true);
    expect(ended('reverted', 'replaced').isGood).toBe(false);
  });

  it('says at a promotion that an after-traffic hook failed, and what did not run', () => {
    const message = 'all bakes passed; after-traffic hook contract FAILED: locked; after-traffic hook tell DID NOT RUN';
    const endedWith = (answer: string) =>
      endingOf(
        {
          id: 'orders-1',
          status: 'promoted',
          reason: { code: 'passed', message },
          targets: [],
          timeline: [],
          hooks: [
            { hook: 'beforeTraffic', function: 'expand', status: 'passed' },
            { hook: 'afterTraffic', function: 'contract', status: answer },
          ],
        },
        'command',
      );
    expect(endedWith('failed')).toMatchObject({ isGood: true, message: expect.stringContaining(message) });
    expect(endedWith('passed').message).toBe('Release orders-1 is promoted: users have this code');
  });

  it('names flags instead of fields of a request', () =>
    expect(ended('rejected', 'preflight', { message: 'or say "again": true' }).message).toContain('or say --again. '));

  it.each([
    ['or say "onRoleChange": "switch", which gives', 'or say --on-role-change switch, which gives'],
    ['Start it later ("startAt"), or say', 'Start it later (--start-at), or say'],
    ['why it cannot wait: "overrideFreeze": "…".', 'why it cannot wait: --override-freeze "…".'],
  ])('names the flag for %s', (field, flag) => {
    expect(ended('rejected', 'preflight', { asks: 'command', message: field }).message).toContain(flag.replace(/\.$/, ''));
    expect(ended('rejected', 'preflight', { message: field }).message).not.toContain('--');
  });

  it('names the alias that a person moved', () => {
    expect(ended('alias-moved', 'alias-moved', { moved: 'version 7' }).message).toContain('orders:live (version 7)');
  });
});
