import pMap from 'p-map';
import { type Alias, createAlias, getAlias, hasProvisionedConcurrency } from './aws/alias.ts';
import { readAsyncSettings } from './aws/async-settings.ts';
import { readClaims } from './aws/claims.ts';
import { type Aws, connectEvents, connectHttpApis, connectLambda, connectRestApis, connectTable, PERSISTENT } from './aws/connect.ts';
import { getVersion, publishVersion } from './aws/function.ts';
import { addPermission, readPolicy } from './aws/policy.ts';
import { readStackName } from './aws/stack-name.ts';
import { isDenied } from './aws/transient.ts';
import { FUNCTIONS_AT_ONCE, findCallers } from './flow/find-callers.ts';
import { giveAsyncSettings } from './release/adoption/async-settings.ts';
import { freeStatementId, isOfDeletedPrincipal, missingStatements, type PolicyStatement, toPermission } from './release/adoption/policy.ts';
import { type AdoptionFacts, describeServing, describeState, findAdoptionProblems } from './release/adoption/problems.ts';
import { adoptedBy, type Caller, NOT_SEEN } from './release/adoption/report.ts';
import { parseAdoption } from './release/adoption/request.ts';
import { ReleaseError } from './release/errors.ts';
import { type FunctionVersion, isUnchanged } from './release/preflight.ts';
import { allTraffic, isSameRouting } from './release/routing.ts';
import { targetKey } from './release/target.ts';
import { listFew } from './release/words.ts';
import { http, invalid, Problem } from './runtime/http.ts';

type Needs = Pick<Aws, 'lambda' | 'events' | 'httpApis' | 'restApis' | 'table'>;

interface Facts extends AdoptionFacts {
  existing: Alias | undefined;
}

/**
 * Gives functions the alias that Teal releases by, on the code that serves now, lets whoever may invoke the function invoke
 * the alias, and reports who still calls the bare function. It moves no caller; calling it again tells what is left.
 */
export const createHandler = (aws: Needs) =>
  http(async (call) => {
    const request = parseAdoption(call.body);
    if ('wrong' in request) throw invalid(request.wrong);
    await refuseBusy(aws, request.functions);

    const facts = await pMap(request.functions, (name) => findFacts(aws, name, request.alias), { concurrency: FUNCTIONS_AT_ONCE });
    const wrong = facts.flatMap((one, index) =>
      findAdoptionProblems(request.alias, one).map((message) => ({ field: `functions[${index}]`, message })),
    );
    if (wrong.length > 0) throw invalid(wrong);

    const adoptions = await pMap(facts, (one) => adopt(aws, one, request.alias), { concurrency: FUNCTIONS_AT_ONCE });
    const callers = await findCallers(aws, adoptions);
    const functions = adoptions.map((adoption, index) => present(adoption, callers[index]!));
    return { status: 200, body: { functions, notSeen: NOT_SEEN } };
  });

/** A release reads its targets before it moves them: nobody changes them meanwhile. */
async function refuseBusy({ table }: Needs, functions: string[]): Promise<void> {
  for (const [target, releaseId] of await readClaims(table)) {
    if (!functions.some((name) => target.startsWith(targetKey({ function: name, alias: '' })))) continue;
    const detail = `Release ${releaseId} is releasing ${target}. Wait for its end, or abort it: POST /releases/${releaseId}/abort.`;
    throw new Problem(409, 'Target is busy', detail, { releaseId, target });
  }
}

async function findFacts({ lambda }: Needs, name: string, alias: string): Promise<Facts> {
  const latest = await getVersion(lambda, name, '$LATEST').catch((error: unknown) => {
    if (isDenied(error)) return 'forbidden' as const;
    throw error;
  });
  if (latest === 'forbidden')
    return {
      function: name,
      latest: undefined,
      existing: undefined,
      routing: undefined,
      hasProvisionedConcurrency: false,
      isForbidden: true,
    };
  const existing = latest && (await getAlias(lambda, { function: name, alias }));
  const isPublished = existing !== undefined && existing.routing.version !== '$LATEST';
  return {
    function: name,
    latest,
    existing,
    routing: existing?.routing,
    isForbidden: false,
    hasProvisionedConcurrency: isPublished && (await hasProvisionedConcurrency(lambda, { function: name, alias })),
  };
}

type Adoption = Awaited<ReturnType<typeof adopt>>;

async function adopt({ lambda }: Needs, { function: name, latest, existing }: Facts, alias: string) {
  const created = existing ? undefined : await create(lambda, name, alias, latest!);
  const { arn, routing } = existing ?? created!;
  const serving = (await getVersion(lambda, name, routing.version))!;
  const ofFunction = await readPolicy(lambda, name);
  const ofAlias = existing ? await readPolicy(lambda, name, alias) : [];
  const copied = await copyStatements(lambda, name, alias, ofFunction, ofAlias);
  const adopted = adoptedBy(name, alias, arn, await readStackName(lambda, arn.slice(0, -alias.length - 1)));
  const settings = await readAsyncSettings(lambda, name);
  const settingsOfAlias = settings && (await readAsyncSettings(lambda, name, alias));
  return {
    adopted,
    serving,
    isCreated: created !== undefined,
    ofFunction,
    ofAlias: [...ofAlias, ...copied.statements],
    copied,
    asynchronous: giveAsyncSettings(adopted, settings, settingsOfAlias),
    notes: describeServing(name, alias, serving, isUnchanged(serving, latest!)),
  };
}

/** On the code that the callers of the bare function get now, and no other. */
async function create(lambda: Needs['lambda'], name: string, alias: string, latest: FunctionVersion): Promise<Alias> {
  try {
    const { version } = await publishVersion(lambda, name, latest.codeSha256, '');
    await createAlias(lambda, { function: name, alias }, version, 'Teal moves it; made by an adoption');
    // Whoever was first with it, this call before its reply was lost or somebody else: on this version it is as it should be.
    const created = await getAlias(lambda, { function: name, alias });
    if (created && isSameRouting(created.routing, allTraffic(version))) return created;
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
  }
  throw changedMeanwhile(name);
}

const changedMeanwhile = (name: string) =>
  new Problem(409, 'Changed meanwhile', `Somebody else is changing ${name} just now. Call again: what is done already is left as it is.`);

/** Writes the function's statements that the alias lacks. */
async function copyStatements(
  lambda: Needs['lambda'],
  name: string,
  alias: string,
  ofFunction: PolicyStatement[],
  ofAlias: PolicyStatement[],
) {
  const statements: PolicyStatement[] = [];
  const left: string[] = [];
  const tooMany: string[] = [];
  for (const statement of missingStatements(ofFunction, ofAlias)) {
    if (isOfDeletedPrincipal(statement)) continue;
    const permission = toPermission(statement);
    if (!permission) {
      left.push(statement.Sid);
      continue;
    }
    const taken = [...ofAlias, ...statements].map(({ Sid }) => Sid);
    const statementId = freeStatementId(permission.statementId, taken);
    const done = await addPermission(lambda, name, alias, { ...permission, statementId });
    if (done === 'full') {
      tooMany.push(statement.Sid);
      continue;
    }
    const isThere = done === 'added' || missingStatements([statement], await readPolicy(lambda, name, alias)).length === 0;
    if (!isThere) throw changedMeanwhile(name);
    statements.push({ ...statement, Sid: statementId });
  }
  return { statements, left, tooMany };
}

/** Nothing to paste is told before the alias can serve. */
function present({ adopted, serving, isCreated, ofFunction, copied, asynchronous, notes }: Adoption, callers: Caller[]) {
  const { function: name, alias, aliasArn, stack } = adopted;
  const waits = [
    ...describeState(serving),
    ...copied.left.map(
      (sid) =>
        `the policy of ${name} has a statement that AddPermission cannot write (${sid}): give alias ${alias} one that says the same, and call again`,
    ),
    ...(copied.tooMany.length === 0
      ? []
      : [
          `the policy of alias ${alias} is full: Lambda takes 20 KB, and the alias lacks ${listFew(copied.tooMany, ', ')} of ${name}; give ${name} one permission for many (a source ARN may end in /*), take those that nobody uses from both, and call again`,
        ]),
  ];
  const isReady = waits.length === 0;
  return {
    function: name,
    alias,
    aliasArn,
    aliasCreated: isCreated,
    version: serving.version,
    stack,
    permissions: { copied: copied.statements.map(({ Sid }) => Sid), ofFunction: ofFunction.length },
    ready: isReady,
    notes: [...waits, ...notes],
    ...(isReady && { asynchronousSettings: asynchronous, callers }),
  };
}

export const handler = createHandler({
  lambda: connectLambda(PERSISTENT),
  events: connectEvents(),
  httpApis: connectHttpApis(),
  restApis: connectRestApis(),
  table: connectTable(),
});
