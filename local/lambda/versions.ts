import { type RestOperation, type Route, readJson } from '../rest-protocol.ts';
import { toConfiguration } from './configuration.ts';
import { checkRevision, invalidParameter, invalidValue, unsupported } from './function-errors.ts';
import { readFunctionName } from './function-name.ts';
import { pageOf } from './paging.ts';
import { checkNotBusy, type FunctionRecord, findFunction, type LambdaState, makeReady, type VersionRecord } from './records.ts';

export function versionRoutes(state: LambdaState): Route[] {
  const publishVersion: RestOperation = (call) => {
    const name = readFunctionName(state.ground, call.path.FunctionName!);
    const input = readJson(call, ['CodeSha256', 'Description', 'RevisionId', 'PublishTo']);
    if (input.PublishTo) throw unsupported('PublishTo');
    const fn = findFunction(state, { name });
    checkNotBusy(state, fn);
    checkRevision(fn.latest, input.RevisionId);
    if (input.CodeSha256 && input.CodeSha256 !== fn.latest.code.sha256) {
      throw invalidParameter(
        `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${fn.latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
      );
    }
    const description = input.Description as string | undefined;
    if (description && description.length > 256) {
      throw invalidValue(description, 'description', 'Member must have length less than or equal to 256');
    }
    const published = publish(state, fn, description);
    return { status: 201, body: toConfiguration(state, fn, published, published.version) };
  };

  const listVersions: RestOperation = (call) => {
    const fn = findFunction(state, { name: readFunctionName(state.ground, call.path.FunctionName!) });
    const { page, NextMarker } = pageOf([fn.latest, ...fn.versions.values()], call.query, ({ version }) => version);
    return { status: 200, body: { Versions: page.map((record) => toConfiguration(state, fn, record, record.version)), NextMarker } };
  };

  return [
    ['POST', '/2015-03-31/functions/{FunctionName}/versions', publishVersion],
    ['GET', '/2015-03-31/functions/{FunctionName}/versions', listVersions],
  ];
}

/** Publishes `$LATEST`; the last published version when nothing changed since. Publishing changes the revision of `$LATEST`. */
export function publish(state: LambdaState, fn: FunctionRecord, description?: string): VersionRecord {
  const { latest } = fn;
  const publishedFrom = JSON.stringify([latest.code.sha256, latest.settings]);
  const next = state.nextVersions.get(fn.name) ?? 1;
  const last = fn.versions.get(String(next - 1));
  if (last?.publishedFrom === publishedFrom) return last;

  const published: VersionRecord = {
    version: String(next),
    settings: { ...latest.settings, ...(description && { Description: description }) },
    code: latest.code,
    revisionId: state.ground.newId(),
    lastModifiedMs: state.ground.clock.nowMs(),
    state: 'Pending',
    lastUpdateStatus: 'Successful',
    publishedFrom,
  };
  fn.versions.set(published.version, published);
  state.nextVersions.set(fn.name, next + 1);
  makeReady(state, fn, published);
  latest.revisionId = state.ground.newId();
  return published;
}
