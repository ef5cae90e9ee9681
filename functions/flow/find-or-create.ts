import type { Aws } from '../aws/connect.ts';
import { createRecord, getRecord } from '../aws/records.ts';
import { ReleaseError } from '../release/errors.ts';
import { newRecord } from '../release/new-record.ts';
import type { ReleaseRecord } from '../release/record.ts';
import { listFew } from '../release/words.ts';
import { readRequest } from './read-request.ts';

/** Of a state that an execution may begin with. */
export interface BeginEvent {
  releaseId: string;
  executionArn: string;
  at: string;
  /** The execution's own. */
  input: unknown;
}

/** The record that the API wrote, or one for an execution that was started by hand. Throws PreflightFailed when its input is no release. */
export async function findOrCreate(
  { table, ...aws }: Pick<Aws, 'lambda' | 'cloudformation' | 'tagging' | 'table'>,
  { releaseId, executionArn, at, input }: BeginEvent,
): Promise<ReleaseRecord> {
  const found = await getRecord(table, releaseId);
  if (found) return found;
  const parsed = await readRequest(aws, input);
  if ('wrong' in parsed)
    throw new ReleaseError('PreflightFailed', listFew(parsed.wrong.map(({ field, message }) => `${field || 'the input'}: ${message}`)));
  const record = newRecord({ id: releaseId, ...parsed, at, startedBy: 'an execution started by hand', executionArn });
  return (await createRecord(table, record)) ? record : ((await getRecord(table, releaseId)) ?? record);
}
