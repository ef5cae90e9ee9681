import { readClaims } from './aws/claims.ts';
import { type Aws, connectCloudFormation, connectCloudWatch, connectLambda, connectTable, connectTagging } from './aws/connect.ts';
import { readWeek } from './flow/alias-facts.ts';
import { preflight } from './flow/preflight.ts';
import { readRequest } from './flow/read-request.ts';
import { presentDryRun } from './release/dry-run/present.ts';
import { newRecord } from './release/new-record.ts';
import { http, invalid } from './runtime/http.ts';

type Needs = Pick<Aws, 'lambda' | 'cloudwatch' | 'cloudformation' | 'tagging' | 'table'>;

/** `POST /dry-runs`: what a release would do, with every check that Plan makes. It writes nothing. */
export const createHandler = (aws: Needs) =>
  http(async (call) => {
    const parsed = await readRequest(aws, call.body);
    if ('wrong' in parsed) throw invalid(parsed.wrong);
    const at = new Date(call.atMs).toISOString();
    const record = newRecord({ id: 'dry-run', ...parsed, at, startedBy: call.caller });
    const found = await preflight(aws, record, at);
    const traffic = await readWeek(aws.cloudwatch, record.targets, at);
    return { status: 200, body: presentDryRun(record, found, await readClaims(aws.table), traffic) };
  });

export const handler = createHandler({
  lambda: connectLambda(),
  cloudwatch: connectCloudWatch(),
  cloudformation: connectCloudFormation(),
  tagging: connectTagging(),
  table: connectTable(),
});
