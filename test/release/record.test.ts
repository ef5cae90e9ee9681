import { describe, expect, it } from 'vitest';
import { decide, end, stuck, targetMoved, withEvent } from '../../functions/release/changes.ts';
import { MOMENTS } from '../../functions/release/hooks.ts';
import { newRecord } from '../../functions/release/new-record.ts';
import type { ReleaseRecord } from '../../functions/release/record.ts';
import { MAX_REQUEST_BYTES, parseRequest } from '../../functions/release/request.ts';
import { describeMove } from '../../functions/release/routing.ts';
import { itemBytes } from '../item-bytes.ts';

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

const ARN = `arn:aws:sts::123456789012:assumed-role/${'r'.repeat(64)}/${'s'.repeat(64)}`;
/** A thousand characters that take three bytes each. */
const REASON = '\u20ac'.repeat(1000);

/** The same with all that a release can ask for besides, every hook called, commands taken, and all that people have said. */
function theLongestRecord(targetCount: number, more: Record<string, unknown> = {}): ReleaseRecord {
  const hook = (moment: string, index: number) => ({
    function: [`${moment}${index}`.padEnd(64, 'x'), 'a'.repeat(128)].join(':'),
    timeout: '24h',
  });
  const hooks = Object.fromEntries(MOMENTS.map((moment) => [moment, Array.from({ length: 10 }, (_, index) => hook(moment, index))]));
  const body = {
    targets: Array.from({ length: targetCount }, (_, index) => ({
      function: `f${index}`.padEnd(64, 'x'),
      alias: `a${index}`.padEnd(128, 'x'),
      version: '123456789',
      codeSha256: `${'A'.repeat(43)}=`,
    })),
    plan: Array.from({ length: 100 }, (_, index) => ({ weight: index + 1, bake: '1d' })),
    hooks,
    approval: { before: 'promote', timeout: '30d', notBy: 'starter' },
    ifBusy: 'wait',
    warm: 100,
    keepVersions: 100,
    onRoleChange: 'switch',
    overrideFreeze: REASON,
    reason: REASON,
    ...more,
  };
  // What room is left is filled with alarms.
  const room = MAX_REQUEST_BYTES - Buffer.byteLength(JSON.stringify(body)) - 100;
  const alarms = Array.from({ length: Math.min(100, Math.floor(room / 258)) }, (_, index) => `alarm${index}`.padEnd(255, 'x'));
  const parsed = parseRequest({ ...body, alarms });
  if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
  const record = newRecord({ id: 'x'.repeat(80), ...parsed, at: AT, startedBy: ARN, idempotencyKey: 'k'.repeat(255) });
  const said = { by: ARN, at: AT, reason: REASON };
  return {
    ...record,
    step: 99,
    claim: 'held',
    executionArn: 'e'.repeat(256),
    shifts: record.plan.map(() => ({ from: AT, to: AT })),
    targets: record.targets.map((target) => ({
      ...target,
      blue: '123456788',
      green: '123456789',
      blueCodeSha256: target.codeSha256,
      timeoutSeconds: 900,
      slowLimits: (['p50', 'p90', 'p99'] as const).map((of) => ({ ms: 899_999.9, of })),
      provisionedConcurrency: 1000,
      greenConcurrency: 'given',
      reportsFailures: true,
      isSwitch: true,
      ...(parsed.request.preview !== undefined && {
        preview: {
          before: '123456788',
          isShown: true,
          left: `alias ${parsed.request.preview} of ${target.function} is gone`.padEnd(350, 'x'),
        },
      }),
    })),
    previewSince: AT,
    alarmsAwaitingOk: alarms,
    evidence: { at: AT, alarms: alarms.map((name) => ({ name, state: 'INSUFFICIENT_DATA', reason: 'r'.repeat(300) })), verdict: 'wait' },
    judgement: { at: AT, message: 'm'.repeat(4096) } as never,
    bake: { step: 99, attempt: 0, token: 't'.repeat(2048), openedAt: AT, pausedAt: AT, awaitsApproval: 'promote', pausedSeconds: 1 },
    waiting: { for: 'turn', attempt: 0, token: 't'.repeat(2048), openedAt: AT, until: AT, why: 'w'.repeat(400) },
    // The first that fails is the last that is called.
    hooks: (['beforeTraffic', 'afterRevert'] as const).flatMap((moment) =>
      hooks[moment]!.map(({ function: name }, index) =>
        moment === 'afterRevert' && index === 9
          ? { moment, function: name, status: 'failed' as const, at: AT, reason: REASON }
          : { moment, function: name, status: 'passed' as const, at: AT },
      ),
    ),
    approval: { askedAt: AT, until: AT, answer: { verdict: 'approved', ...said } },
    pause: said,
    commandsTaken: Array.from({ length: 10 }, () => ({ key: 'k'.repeat(255), bodyHash: `${'A'.repeat(43)}=` })),
  };
}

const bytesOf = (record: ReleaseRecord) => itemBytes(JSON.parse(JSON.stringify(record)));

const later = (index: number) => new Date(Date.parse(AT) + index * 60_000).toISOString();

describe('a record', () => {
  it('of the largest release stays within DynamoDB’s 400 KB, though EventBridge takes nothing for a hundred steps', () => {
    let record = theLargestRecord();
    for (let step = 0; step < 100; step++) record = withEvent(record, 'Traffic Shifted', `step-${step}`, later(step));
    record = withEvent(record, 'Release Reverted', 'end', later(100));
    expect(bytesOf(record)).toBeLessThan(400 * 1024);
    expect(Object.values(record.outbox).map(({ type }) => type)).toContain('Release Reverted');
  });

  it.each([
    ['a hundred targets', 100, {}],
    ['fifty targets with previews', 50, { preview: 'p'.repeat(128) }],
  ])('of %s that asks for all there is, and whose every alias somebody moves, stays within DynamoDB’s 400 KB', (_, count, more) => {
    let record = theLongestRecord(count, more);
    for (let step = 0; step < 100; step++) record = withEvent(record, 'Traffic Shifted', `step-${step}`, later(step));
    const apply = (change: (record: ReleaseRecord) => ReleaseRecord | undefined) => {
      record = change({ ...record, recent: [] }) ?? record;
      expect(bytesOf(record)).toBeLessThan(400 * 1024);
    };
    apply(decide('revert', { code: 'aborted', message: `${ARN} aborted it: ${REASON}` }, later(100)));
    for (const target of record.targets) {
      const where = describeMove(target, { version: target.blue!, weights: { [target.green!]: 33.33 } });
      record = targetMoved(target, where, later(100))({ ...record, recent: [] })!;
    }
    apply(stuck('w'.repeat(1000), later(101)));
    apply(end(later(102)));
    expect(Object.values(record.outbox).map(({ type }) => type)).toContain('Release Alias Moved');
    // Of one call of PutEvents, which takes all of the outbox.
    const entries = Object.entries(record.outbox).map(([eventId, { detail }]) => ({ eventId, ...detail }));
    expect(Buffer.byteLength(JSON.stringify(entries))).toBeLessThan(250 * 1024);
  });

  it('keeps its end in the outbox, whatever else is waiting', () => {
    let record = withEvent(theLargestRecord(), 'Release Reverted', 'end', AT);
    expect(Object.keys(record.outbox)).toEqual([`${record.id}/end/release-reverted`]);
    record = withEvent(record, 'Release Reverted', 'end', AT);
    expect(Object.keys(record.outbox)).toHaveLength(1);
  });
});
