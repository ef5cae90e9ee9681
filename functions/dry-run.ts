import { readClaims } from './aws/claims.ts';
import {
  type Aws,
  connectCloudFormation,
  connectCloudWatch,
  connectLambda,
  connectNames,
  connectTable,
  connectTagging,
} from './aws/connect.ts';
import { readWeek } from './flow/alias-facts.ts';
import { askFreeze } from './flow/ask-freeze.ts';
import { preflight } from './flow/preflight.ts';
import { readNewRequest } from './flow/read-request.ts';
import { presentDryRun } from './release/dry-run/present.ts';
import { newRecord } from './release/new-record.ts';
import { withinFreeze } from './release/within-freeze.ts';
import { http, invalid } from './runtime/http.ts';

type Needs = Pick<Aws, 'lambda' | 'cloudwatch' | 'cloudformation' | 'tagging' | 'table' | 'names'>;

/** `POST /dry-runs`: what a release would do, with every check that Plan makes. It writes nothing. */
export const createHandler = (aws: Needs) =>
  http(async (call) => {
    const at = new Date(call.atMs).toISOString();
    const parsed = await readNewRequest(aws, call.body, at);
    if ('wrong' in parsed) throw invalid(parsed.wrong);
    const within = withinFreeze(parsed.request, await askFreeze(aws, parsed, at));
    // What it would be refused for is among the checks.
    const begun = 'frozen' in within ? parsed : { ...parsed, request: within.request, notes: [...parsed.notes, ...within.notes] };
    const record = newRecord({ id: 'dry-run', ...begun, at, startedBy: call.caller });
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
  names: connectNames(),
});
