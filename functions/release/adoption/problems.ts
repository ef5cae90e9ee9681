import type { FunctionVersion } from '../preflight.ts';
import { describeRouting, type Routing } from '../routing.ts';

/** What an adoption has to know of a function before it writes anything; what is undefined does not exist. */
export interface AdoptionFacts {
  function: string;
  latest: FunctionVersion | undefined;
  routing: Routing | undefined;
  hasProvisionedConcurrency: boolean;
  /** Teal may not even read it. */
  isForbidden: boolean;
}

/** Everything that keeps a function from being adopted, in words; empty when nothing does. */
export function findAdoptionProblems(
  alias: string,
  { function: name, latest, routing, hasProvisionedConcurrency, isForbidden }: AdoptionFacts,
): string[] {
  if (isForbidden)
    return [
      `Teal may not release ${name}: its parameter releasableFunctions says which functions it may; add this one and deploy Teal again`,
    ];
  if (!latest) return [`function ${name} does not exist in this account and region`];
  const named = `alias ${alias} of ${name}`;
  const isSplit = routing !== undefined && Object.keys(routing.weights).length > 0;
  return [
    ...(latest.state === 'Pending' || latest.state === 'Failed' ? [`${name} is ${latest.state}; wait for it or mend it`] : []),
    ...(latest.lastUpdateStatus !== undefined && latest.lastUpdateStatus !== 'Successful'
      ? [`the last update of ${name} is ${latest.lastUpdateStatus}; wait for it or mend it`]
      : []),
    ...(routing?.version === '$LATEST' ? [`${named} names $LATEST, which cannot be split; point it at a published version`] : []),
    ...(isSplit ? [`${named} is split (${describeRouting(routing)}); put it on one version first`] : []),
    ...(hasProvisionedConcurrency
      ? [`${named} has provisioned concurrency of its own, with which Lambda moves weights itself; move it to the version`]
      : []),
  ];
}

/** Why a version cannot serve yet; empty when it can. */
export function describeState({ version, state, stateReason }: FunctionVersion): string[] {
  if (state === undefined || state === 'Active') return [];
  // A version that nobody calls for weeks is put away, and the first request to it brings it back.
  if (state === 'Inactive') return [`version ${version} is Inactive: invoke it once, and call again when Lambda has it ready`];
  if (state === 'Failed')
    return [`version ${version} cannot serve: ${stateReason ?? 'Lambda gives no reason'}; put the alias on one that can`];
  return [`version ${version} is ${state}: call again when Lambda has it ready`];
}

/** What a person should know before moving a caller. */
export function describeServing(name: string, alias: string, serving: FunctionVersion, isLatest: boolean): string[] {
  return isLatest
    ? []
    : [
        `alias ${alias} is on version ${serving.version}, which is not what $LATEST is now: a caller that you move from ${name} to its alias gets that version; release $LATEST first if that is not what you want`,
      ];
}
