import { newRecord } from '../../functions/release/new-record.ts';
import type { ReleaseRecord } from '../../functions/release/record.ts';
import { parseRequest } from '../../functions/release/request.ts';

export const NOON = '2026-01-15T12:00:00.000Z';
/** Minutes after noon. */
export const at = (minute: number): string => new Date(Date.parse(NOON) + minute * 60_000).toISOString();

/** A release of orders-api from version 1 to version 2 that holds its target, with what a request says and its record has besides. */
export function aRecord(said: Record<string, unknown> = {}, more: Partial<ReleaseRecord> = {}): ReleaseRecord {
  const parsed = parseRequest({ targets: ['orders-api'], plan: '10% 10m, 100% 10m', ...said });
  if ('wrong' in parsed) throw new Error(JSON.stringify(parsed.wrong));
  const record = newRecord({ id: 'orders-7', ...parsed, at: NOON, startedBy: 'ada' });
  return { ...record, recent: [], targets: record.targets.map((target) => ({ ...target, blue: '1', green: '2' })), claim: 'held', ...more };
}

export const textsOf = (record: ReleaseRecord | undefined): string[] => (record?.recent ?? []).map(({ text }) => text);

export const decidedTo = (side: 'promote' | 'revert'): Pick<ReleaseRecord, 'decision'> => ({
  decision: { side, reason: { code: 'passed', message: 'the test says so' }, at: NOON },
});
