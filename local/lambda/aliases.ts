import { type RestCall, type RestOperation, type Route, readJson } from '../rest-protocol.ts';
import { checkRevision, conflict, functionNotFound, invalidParameter, invalidValue, notFound } from './function-errors.ts';
import { functionArn, isVersionNumber, readFunctionName } from './function-name.ts';
import { pageOf } from './paging.ts';
import { type AliasRecord, type FunctionRecord, findFunction, type LambdaState } from './records.ts';
import { checkRouting, readWeights } from './routing.ts';

const ALIAS_NAME = /^(?!^[0-9]+$)([a-zA-Z0-9-_]{1,128})$/;

export function aliasRoutes(state: LambdaState): Route[] {
  const { ground } = state;

  const createAlias: RestOperation = (call) => {
    const fn = functionOf(call);
    const input = readJson(call, ['Name', 'FunctionVersion', 'Description', 'RoutingConfig']);
    const name = String(input.Name);
    if (!ALIAS_NAME.test(name)) {
      throw invalidValue(name, 'name', 'Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)');
    }
    if (!input.FunctionVersion) throw invalidValue(null, 'functionVersion', 'Member must not be null');
    const alias: AliasRecord = {
      name,
      functionVersion: readVersion(input.FunctionVersion),
      description: readDescription(input.Description ?? ''),
      weights: readWeights(input.RoutingConfig),
      revisionId: ground.newId(),
    };
    checkRouting(state, fn, alias);
    if (fn.aliases.has(name)) throw conflict(`Alias already exists: ${functionArn(ground, { name: fn.name, qualifier: name })}`);
    fn.aliases.set(name, alias);
    return { status: 201, body: toAnswer(fn, alias) };
  };

  const getAlias: RestOperation = (call) => {
    const fn = functionOf(call);
    return { status: 200, body: toAnswer(fn, findAlias(fn, call.path.Name!)) };
  };

  const listAliases: RestOperation = (call) => {
    const fn = functionOf(call);
    const version = call.query.get('FunctionVersion');
    const aliases = [...fn.aliases.values()]
      .filter((alias) => !version || alias.functionVersion === version)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { page, NextMarker } = pageOf(aliases, call.query, ({ name }) => name);
    return { status: 200, body: { Aliases: page.map((alias) => toAnswer(fn, alias)), NextMarker } };
  };

  const updateAlias: RestOperation = (call) => {
    const fn = functionOf(call);
    const alias = findAlias(fn, call.path.Name!);
    const input = readJson(call, ['FunctionVersion', 'Description', 'RoutingConfig', 'RevisionId']);
    checkRevision(alias, input.RevisionId);
    const changed: AliasRecord = {
      ...alias,
      ...(isGiven(input.FunctionVersion) && { functionVersion: readVersion(input.FunctionVersion) }),
      ...(isGiven(input.Description) && { description: readDescription(input.Description) }),
      ...(isGiven(input.RoutingConfig) && { weights: readWeights(input.RoutingConfig) }),
      // Also when nothing changes: AWS gives every update a new revision.
      revisionId: ground.newId(),
    };
    checkRouting(state, fn, changed);
    fn.aliases.set(alias.name, changed);
    return { status: 200, body: toAnswer(fn, changed) };
  };

  const deleteAlias: RestOperation = (call) => {
    const name = readFunctionName(ground, call.path.FunctionName!);
    const fn = state.functions.get(name);
    if (!fn) throw functionNotFound(functionArn(ground, { name }));
    fn.aliases.delete(call.path.Name!); // AWS answers 204 for an alias that does not exist as well
    fn.provisioned.delete(call.path.Name!);
    fn.eventInvokeConfigs.delete(call.path.Name!);
    fn.policies.delete(call.path.Name!);
    return { status: 204 };
  };

  const functionOf = (call: RestCall) => findFunction(state, { name: readFunctionName(ground, call.path.FunctionName!) });

  const findAlias = (fn: FunctionRecord, name: string): AliasRecord => {
    const alias = fn.aliases.get(name);
    if (!alias) throw notFound(`Cannot find alias arn: ${functionArn(ground, { name: fn.name, qualifier: name })}`);
    return alias;
  };

  const toAnswer = (fn: FunctionRecord, { name, functionVersion, description, weights, revisionId }: AliasRecord) => ({
    AliasArn: functionArn(ground, { name: fn.name, qualifier: name }),
    Name: name,
    FunctionVersion: functionVersion,
    Description: description,
    ...(Object.keys(weights).length && { RoutingConfig: { AdditionalVersionWeights: weights } }),
    RevisionId: revisionId,
  });

  return [
    ['POST', '/2015-03-31/functions/{FunctionName}/aliases', createAlias],
    ['GET', '/2015-03-31/functions/{FunctionName}/aliases', listAliases],
    ['GET', '/2015-03-31/functions/{FunctionName}/aliases/{Name}', getAlias],
    ['PUT', '/2015-03-31/functions/{FunctionName}/aliases/{Name}', updateAlias],
    ['DELETE', '/2015-03-31/functions/{FunctionName}/aliases/{Name}', deleteAlias],
  ];
}

const isGiven = (value: unknown) => value !== undefined && value !== null;

function readVersion(value: unknown): string {
  if (value !== '$LATEST' && !(typeof value === 'string' && isVersionNumber(value))) {
    throw invalidValue(value, 'functionVersion', 'Member must satisfy regular expression pattern: (\\$LATEST|[0-9]+)');
  }
  return value;
}

function readDescription(value: unknown): string {
  if (typeof value !== 'string') throw invalidParameter('Description must be a string');
  if (value.length > 256) throw invalidValue(value, 'description', 'Member must have length less than or equal to 256');
  return value;
}
