import { describe, expect, it } from 'vitest';
import { presentAlias } from '../../functions/release/present.ts';

const target = { function: 'orders-api', alias: 'live' };
const serving = { version: '4', releaseId: 'orders-api-1', since: '2026-01-15T12:00:00.000Z' };
const requests = { ofFunction: 10, ofAlias: 10, ofLatest: 0 };
const show = (version: string, weights: Record<string, number>, inFlight?: string) =>
  presentAlias(target, { routing: { version, weights }, serving, owner: undefined, requests }, inFlight);

describe('who serves an alias', () => {
  it('is the version of the last release, since its end', () =>
    expect(show('4', {})).toMatchObject({
      version: '4',
      since: serving.since,
      release: 'orders-api-1',
      movedByOthers: false,
      warnings: [],
    }));

  it('is nobody’s release where somebody has moved it', () => {
    expect(show('3', {})).toMatchObject({ version: '3', since: undefined, release: undefined, movedByOthers: true });
    expect(show('4', { 5: 10 })).toMatchObject({ since: undefined, movedByOthers: true, warnings: [expect.stringContaining('moved')] });
  });

  it('is still the last release’s version while another moves weights, of which nobody is warned', () =>
    expect(show('4', { 5: 10 }, 'orders-api-2')).toMatchObject({
      weights: { 5: 10 },
      since: serving.since,
      inFlight: 'orders-api-2',
      movedByOthers: undefined,
      warnings: [],
    }));

  it('is nobody’s release while one is in flight over a version that another put there', () =>
    expect(show('3', { 5: 10 }, 'orders-api-2')).toMatchObject({ since: undefined, release: undefined, movedByOthers: undefined }));

  it('comes with a warning when the newest code is code that a release reverted: which, when, why, and what to do', () => {
    const reverted = { releaseId: 'orders-api-3', message: 'alarm orders-errors went to ALARM', at: '2026-01-16T09:00:00.000Z' };
    const ask = (reverted: { releaseId: string; message: string; at?: string }) =>
      presentAlias(target, { routing: { version: '4', weights: {} }, serving, owner: undefined, requests, reverted }, undefined);
    expect(ask(reverted)).toMatchObject({
      latestReverted: { release: 'orders-api-3', at: reverted.at, message: reverted.message },
      warnings: [
        '$LATEST of orders-api is code that release orders-api-3 reverted at 2026-01-16T09:00:00.000Z (alarm orders-errors went to ALARM): it is refused from now on. Deploy other code, or release this with "again": true',
      ],
    });
    // Marked by a Teal that did not note when.
    expect(ask({ ...reverted, at: undefined }).warnings).toEqual([expect.stringContaining('release orders-api-3 reverted (alarm')]);
    expect(show('4', {}).latestReverted).toBeNull();
  });

  it('is unknown before the first release', () => {
    const shown = presentAlias(
      target,
      { routing: { version: '1', weights: {} }, serving: undefined, owner: undefined, requests },
      undefined,
    );
    expect(shown).toMatchObject({
      movedByOthers: undefined,
      stack: null,
      message: 'no release of Teal has promoted a version of orders-api here yet',
    });
    expect(show('4', {})).toMatchObject({ message: undefined });
  });
});
