import { describe, expect, it } from 'vitest';
import { newRecord } from '../../functions/release/new-record.ts';
import { parseRequest } from '../../functions/release/request.ts';
import { NOON, textsOf } from './a-record.ts';

function begun(said: Record<string, unknown> = {}, notes?: string[]) {
  const parsed = parseRequest({ targets: ['orders-api'], ...said });
  if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
  return newRecord({ id: 'orders-7', ...parsed, at: NOON, startedBy: 'ada', ...(notes && { notes }) });
}

describe('a release that has just been asked for', () => {
  it.each([
    ['preparing', {}],
    ['preparing', { ifBusy: 'fail' }],
    ['queued', { ifBusy: 'wait' }],
    ['scheduled', { startAt: '2026-01-16T02:00Z' }],
    ['scheduled', { startAt: '2026-01-16T02:00Z', ifBusy: 'replace' }],
  ])('is %s with %j', (status, said) => {
    expect(begun(said).status).toBe(status);
  });

  it('says who started it, why no freeze holds it, and what was found on the way, in this order', () => {
    expect(textsOf(begun({ reason: 'checkout redesign', overrideFreeze: 'the shop is down' }, ['put off']))).toEqual([
      'ada started the release of orders-api: checkout redesign',
      'no freeze window holds it: the shop is down',
      'put off',
    ]);
    expect(textsOf(begun())).toEqual(['ada started the release of orders-api']);
  });
});
