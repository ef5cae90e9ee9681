import { type RestOperation, type Route, readJson } from '../rest-protocol.ts';
import { CODE_NAMES, readCode } from './code.ts';
import { toConfiguration } from './configuration.ts';
import { checkRevision, conflict, functionNotFound, invalidParameter, unsupported } from './function-errors.ts';
import { functionArn, readFunctionName, readReference } from './function-name.ts';
import { pageOf } from './paging.ts';
import {
  checkNotBusy,
  type FunctionRecord,
  findFunction,
  findVersion,
  type LambdaState,
  makeReady,
  type VersionRecord,
} from './records.ts';
import { changedSettings, newSettings, readArchitectures, SETTING_NAMES, UNSUPPORTED_SETTINGS } from './settings.ts';
import { publish } from './versions.ts';

const CREATE_MEMBERS = [
  ...SETTING_NAMES,
  ...UNSUPPORTED_SETTINGS,
  'FunctionName',
  'Code',
  'Publish',
  'PackageType',
  'Tags',
  'CodeSigningConfigArn',
  'Architectures',
];
const UPDATE_MEMBERS = [...SETTING_NAMES, ...UNSUPPORTED_SETTINGS, 'RevisionId'];
const UPDATE_CODE_MEMBERS = [...CODE_NAMES, 'Architectures', 'Publish', 'PublishTo', 'DryRun', 'RevisionId'];

export function functionRoutes(state: LambdaState): Route[] {
  const { ground, functions } = state;

  const createFunction: RestOperation = (call) => {
    const input = readJson(call, CREATE_MEMBERS);
    if (input.CodeSigningConfigArn) throw unsupported('CodeSigningConfigArn');
    const name = readFunctionName(ground, String(input.FunctionName));
    const settings = newSettings(input, name);
    const code = readCode((input.Code ?? {}) as Record<string, unknown>, 'CreateFunction', call.body.length);
    if (functions.has(name)) throw conflict(`Function already exist: ${name}`);
    const latest: VersionRecord = {
      version: '$LATEST',
      settings,
      code,
      revisionId: ground.newId(),
      lastModifiedMs: ground.clock.nowMs(),
      state: 'Pending',
      lastUpdateStatus: 'Successful',
    };
    const fn: FunctionRecord = {
      name,
      latest,
      versions: new Map(),
      aliases: new Map(),
      tags: { ...(input.Tags as Record<string, string> | undefined) },
      running: 0,
      provisioned: new Map(),
      eventInvokeConfigs: new Map(),
      policies: new Map(),
    };
    functions.set(name, fn);
    makeReady(state, fn, latest);
    return { status: 201, body: toConfiguration(state, fn, input.Publish ? publish(state, fn) : latest) };
  };

  const getFunction: RestOperation = (call) => {
    const { fn, configuration } = read(call.path.FunctionName!, call.query.get('Qualifier'));
    return {
      status: 200,
      body: {
        Configuration: configuration,
        Code: { RepositoryType: 'S3' },
        ...(Object.keys(fn.tags).length && { Tags: fn.tags }),
        ...(fn.reservedConcurrency !== undefined && { Concurrency: { ReservedConcurrentExecutions: fn.reservedConcurrency } }),
      },
    };
  };

  const getConfiguration: RestOperation = (call) => ({
    status: 200,
    body: read(call.path.FunctionName!, call.query.get('Qualifier')).configuration,
  });

  const read = (functionName: string, qualifier: string | null) => {
    const reference = readReference(ground, functionName, qualifier);
    const fn = findFunction(state, reference);
    return { fn, configuration: toConfiguration(state, fn, findVersion(state, fn, reference.qualifier), reference.qualifier) };
  };

  const listFunctions: RestOperation = (call) => {
    if (call.query.get('MasterRegion')) throw unsupported('MasterRegion');
    const all = [...functions.values()];
    if (call.query.get('FunctionVersion') !== 'ALL') {
      const { page, NextMarker } = pageOf(all, call.query, (fn) => fn.name);
      return { status: 200, body: { Functions: page.map((fn) => toConfiguration(state, fn, fn.latest)), NextMarker } };
    }
    const versions = all.flatMap((fn) => [fn.latest, ...fn.versions.values()].map((record) => ({ fn, record })));
    const { page, NextMarker } = pageOf(versions, call.query, ({ fn, record }) => `${fn.name}:${record.version}`);
    return {
      status: 200,
      body: { Functions: page.map(({ fn, record }) => toConfiguration(state, fn, record, record.version)), NextMarker },
    };
  };

  const updateCode: RestOperation = (call) => {
    const fn = findFunction(state, { name: readFunctionName(ground, call.path.FunctionName!) });
    const input = readJson(call, UPDATE_CODE_MEMBERS);
    if (input.PublishTo) throw unsupported('PublishTo');
    const code = readCode(input, 'UpdateFunctionCode', call.body.length);
    const settings = { ...fn.latest.settings, ...readArchitectures(input) };
    checkNotBusy(state, fn);
    checkRevision(fn.latest, input.RevisionId);
    if (input.DryRun) return { status: 200, body: toConfiguration(state, fn, { ...fn.latest, code, settings }) };
    update(fn, { code, settings });
    if (!input.Publish) return { status: 200, body: toConfiguration(state, fn, fn.latest) };
    const published = publish(state, fn);
    return { status: 200, body: toConfiguration(state, fn, published, published.version) };
  };

  const updateConfiguration: RestOperation = (call) => {
    const fn = findFunction(state, { name: readFunctionName(ground, call.path.FunctionName!) });
    const input = readJson(call, UPDATE_MEMBERS);
    const settings = changedSettings(fn.latest.settings, input);
    checkNotBusy(state, fn);
    checkRevision(fn.latest, input.RevisionId);
    update(fn, { settings });
    return { status: 200, body: toConfiguration(state, fn, fn.latest) };
  };

  const update = (fn: FunctionRecord, changes: Partial<VersionRecord>) => {
    Object.assign(fn.latest, changes, { revisionId: ground.newId(), lastModifiedMs: ground.clock.nowMs() });
    makeReady(state, fn, fn.latest);
  };

  const deleteFunction: RestOperation = (call) => {
    const reference = readReference(ground, call.path.FunctionName!, call.query.get('Qualifier'));
    const fn = functions.get(reference.name);
    if (!fn) throw functionNotFound(functionArn(ground, reference));
    if (reference.qualifier) deleteVersion(fn, reference.qualifier);
    else {
      functions.delete(fn.name);
      for (const record of [fn.latest, ...fn.versions.values()]) retire(record);
    }
    return { status: 204 };
  };

  const deleteVersion = (fn: FunctionRecord, qualifier: string) => {
    if (qualifier === '$LATEST') throw invalidParameter('$LATEST version cannot be deleted without deleting the function.');
    if (fn.aliases.has(qualifier)) throw invalidParameter('Deletion of aliases is not currently supported.');
    const naming = [...fn.aliases.values()].filter((alias) => alias.functionVersion === qualifier || qualifier in alias.weights);
    if (naming.length) {
      throw conflict(`Unable to delete version because the following aliases reference it: [${naming.map(({ name }) => name).join(', ')}]`);
    }
    const record = fn.versions.get(qualifier);
    if (!record) return; // AWS answers 204 as well
    fn.versions.delete(qualifier);
    fn.provisioned.delete(qualifier);
    fn.eventInvokeConfigs.delete(qualifier);
    fn.policies.delete(qualifier);
    retire(record);
  };

  const retire = ({ serving }: VersionRecord) => serving && state.runtimes.retire(serving);

  return [
    ['POST', '/2015-03-31/functions', createFunction],
    ['GET', '/2015-03-31/functions', listFunctions],
    ['GET', '/2015-03-31/functions/{FunctionName}', getFunction],
    ['DELETE', '/2015-03-31/functions/{FunctionName}', deleteFunction],
    ['GET', '/2015-03-31/functions/{FunctionName}/configuration', getConfiguration],
    ['PUT', '/2015-03-31/functions/{FunctionName}/configuration', updateConfiguration],
    ['PUT', '/2015-03-31/functions/{FunctionName}/code', updateCode],
  ];
}
