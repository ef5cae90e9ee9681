import { getAlias } from './aws/alias.ts';
import { readClaims } from './aws/claims.ts';
import { type Aws, connectCloudFormation, connectCloudWatch, connectLambda, connectTable } from './aws/connect.ts';
import { getVersion } from './aws/function.ts';
import { getRecords, listInFlight } from './aws/records.ts';
import { createOwnerFinder, findAliasFacts, findRevertedLatest, readRequests } from './flow/alias-facts.ts';
import { findServedBefore } from './flow/find-served-before.ts';
import type { AliasName } from './release/judge/metrics.ts';
import { describeDeleted, howToMakeAgain, type ServedBefore } from './release/no-alias.ts';
import { presentAlias } from './release/present.ts';
import { targetOf } from './release/rollback.ts';
import { targetKey } from './release/target.ts';
import { queueOf } from './release/turn.ts';
import { http, Problem } from './runtime/http.ts';

type Needs = Pick<Aws, 'lambda' | 'cloudwatch' | 'cloudformation' | 'table'>;

/** `GET /functions/{name}/aliases/{alias}`: who serves now, since when, by which release, and who else moves it. */
export const createHandler = (aws: Needs) =>
  http(async (call) => {
    const { lambda, table } = aws;
    const target = { function: call.parameters.name ?? '', alias: call.parameters.alias ?? '' };
    const isName = /^[a-zA-Z0-9-_]{1,64}$/.test(target.function) && /^[a-zA-Z0-9-_]{1,128}$/.test(target.alias);
    const alias = isName ? await getAlias(lambda, target) : undefined;
    if (!alias) throw noAlias(target, isName ? await findServedBefore(aws, target) : undefined);
    const inFlight = (await readClaims(table)).get(targetKey(target));
    const records = await getRecords(table, await listInFlight(table));
    const releasing = targetOf(
      records.find(({ id }) => id === inFlight),
      target,
    );
    const [requests] = await readRequests(aws.cloudwatch, [target], new Date(call.atMs).toISOString());
    const latest = await getVersion(lambda, target.function, '$LATEST');
    const facts = {
      ...(await findAliasFacts(table, createOwnerFinder(aws.cloudformation), target, alias, latest?.codeSha256)),
      requests,
      reverted: latest && (await findRevertedLatest(aws, target.function, latest, alias.routing.version)),
    };
    return {
      status: 200,
      body: { ...presentAlias(target, facts, inFlight, releasing), waiting: queueOf(target, records) },
    };
  });

function noAlias(target: AliasName, served: ServedBefore | undefined): Problem {
  const detail = `Function ${target.function} has no alias ${target.alias} in this account and region`;
  if (!served?.isThere) return new Problem(404, 'No such alias', `${detail}.`);
  const { version, releaseId } = served;
  return new Problem(404, 'No such alias', `${detail}: ${describeDeleted(target, served)}. ${howToMakeAgain(target, served)}.`, {
    servedBefore: { version, releaseId },
  });
}

export const handler = createHandler({
  lambda: connectLambda(),
  cloudwatch: connectCloudWatch(),
  cloudformation: connectCloudFormation(),
  table: connectTable(),
});
