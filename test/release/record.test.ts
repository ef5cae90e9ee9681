import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { withEvent } from '../../functions/release/changes.ts';
import { newRecord } from '../../functions/release/new-record.ts';
import type { ReleaseRecord } from '../../functions/release/record.ts';
import { parseRequest } from '../../functions/release/request.ts';

const AT = '2026-01-15T12:00:00.000Z';

/** The largest release that a request can ask for, in flight. */
function theLargestRecord(): ReleaseRecord {
  const targets = Array.from({ length: 100 }, (_, index) => ({
    function: `f${index}`.padEnd(64, 'x'),
    alias: `a${index}`.padEnd(128, 'x'),
    version: '123456789',
    codeSha256: `${'A'.repeat(43)}=`,
  }));
  const alarms = Array.from({ length: 40 }, (_, index) => `alarm${index}`.padEnd(255, 'x'));
  const plan = Array.from({ length: 100 }, (_, index) => ({ weight: index + 1, bake: '1d' }));
  const parsed = parseRequest({ targets, alarms, plan, reason: 'r'.repeat(1000), labels: { big: 'x'.repeat(250) } });
  if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
  const record = newRecord({
    id: 'x'.repeat(80),
    ...parsed,
    at: AT,
    startedBy: `arn:aws:sts::123456789012:assumed-role/${'r'.repeat(64)}/${'s'.repeat(64)}`,
  });
  return {
    ...record,
    step: 99,
    claim: 'held',
    targets: record.targets.map((target) => ({ ...target, blue: '123456788', green: '123456789', blueCodeSha256: target.codeSha256 })),
    evidence: { at: AT, alarms: alarms.map((name) => ({ name, state: 'INSUFFICIENT_DATA', reason: 'r'.repeat(300) })), verdict: 'wait' },
    bake: { step: 99, attempt: 0, token: 't'.repeat(2048), openedAt: AT },
  };
}

const later = (index: number) => new Date(Date.parse(AT) + index * 60_000).toISOString();

describe('a record', () => {
  it('of the largest release stays within DynamoDB’s 400 KB, though EventBridge takes nothing for a hundred steps', () => {
    let record = theLargestRecord();
    for (let step = 0; step < 100; step++) record = withEvent(record, 'Traffic Shifted', `step-${step}`, later(step));
    record = withEvent(record, 'Release Reverted', 'end', later(100));
    // Names, values and a little for each attribute: what DynamoDB counts, rounded up by JSON's quotes.
    expect(Buffer.byteLength(JSON.stringify(marshall(record, { removeUndefinedValues: true })))).toBeLessThan(400 * 1024);
    expect(Object.values(record.outbox).map(({ type }) => type)).toContain('Release Reverted');
  });

  it('keeps its end in the outbox, whatever else is waiting', () => {
    let record = withEvent(theLargestRecord(), 'Release Reverted', 'end', AT);
    expect(Object.keys(record.outbox)).toEqual([`${record.id}/end/release-reverted`]);
    record = withEvent(record, 'Release Reverted', 'end', AT);
    expect(Object.keys(record.outbox)).toHaveLength(1);
  });
});
