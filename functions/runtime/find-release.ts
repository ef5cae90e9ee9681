import type { ReleaseRecord } from '../release/record.ts';
import { type Call, Problem } from './http.ts';

/** The release that a call's path names. Answers 404 when there is none. */
export async function findRelease(call: Call, getRecord: (id: string) => Promise<ReleaseRecord | undefined>): Promise<ReleaseRecord> {
  const id = call.parameters.id ?? '';
  // A release is named after its execution, and so within 80 characters.
  const record = id.length <= 80 ? await getRecord(id) : undefined;
  if (!record) throw new Problem(404, 'No such release', `There is no release ${id.slice(0, 80)}. GET /releases lists them.`);
  return record;
}
