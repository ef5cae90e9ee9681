import { getCheckpoints } from './aws/checkpoints.ts';
import { type Aws, connectTable } from './aws/connect.ts';
import { getRecord, listRecords, readTimeline } from './aws/records.ts';
import { formatCursor, parseListQuery } from './release/call.ts';
import { judgementOf, shownAt } from './release/judge/judgement.ts';
import { presentRelease } from './release/present.ts';
import { summarize } from './release/record.ts';
import { findRelease } from './runtime/find-release.ts';
import { httpRoutes, invalid, type Route } from './runtime/http.ts';

type Needs = Pick<Aws, 'table'>;

/** `GET /releases` and `GET /releases/{id}`: what is on record, and nothing that AWS would have to be asked for. */
export const createHandler = (aws: Needs) => httpRoutes(aws, { 'GET /releases': list, 'GET /releases/{id}': show });

const list: Route<Needs> = async ({ table }, call) => {
  const query = parseListQuery(call.query);
  if ('wrong' in query) throw invalid(query.wrong);
  const { records, next } = await listRecords(table, query);
  return { status: 200, body: { releases: records.map(summarize), cursor: next && formatCursor(next) } };
};

const show: Route<Needs> = async ({ table }, call) => {
  const record = await findRelease(call, (id) => getRecord(table, id));
  const judgement = judgementOf(record, (await getCheckpoints(table, record.id)).checkpoints);
  const at = new Date(call.atMs).toISOString();
  const shown = judgement && shownAt(record.endedAt ?? at, judgement);
  return { status: 200, body: presentRelease(record, await readTimeline(table, record), shown, at) };
};

export const handler = createHandler({ table: connectTable() });
