import { unmarshall } from '@aws-sdk/util-dynamodb';
import { claimsOf } from '../../functions/release/preview.ts';
import {
  changedTargets,
  hasShifted,
  isOver,
  type ReleaseRecord,
  type ReleaseTarget,
  targetWeightOf,
  weightOf,
} from '../../functions/release/record.ts';
import { contractOf } from '../../functions/release/rollback.ts';
import { countCalls } from '../../functions/release/smoke-test/matrix.ts';
import { targetKey } from '../../functions/release/target.ts';
import type { ServiceCall } from '../../local/faults.ts';
import type { UnsignedWireRequest } from '../../local/request-handler.ts';
import type { WireResponse } from '../../local/service.ts';

/** An alias as Lambda last had it. */
interface SeenAlias {
  version: string;
  /** 0 to 1, by version. */
  weights: Record<string, number>;
  /** A person set it to what no release in flight writes: nobody else may touch it. */
  isPersons: boolean;
}

/** The freeze window of the stack, which has known it since `fromMs`. */
interface Freeze {
  fromMs: number;
  untilMs: number;
}

export type Monitor = ReturnType<typeof createMonitor>;

/**
 * Watches every call that takes effect in a world, and says which guarantee it breaks at that very moment (G1 to G8, as
 * far as they speak of moments). It knows Teal by what leaves it: the alias writes and the table writes of its roles.
 */
export function createMonitor() {
  const broken: string[] = [];
  const records = new Map<string, ReleaseRecord>();
  const claims = new Map<string, string>();
  const aliases = new Map<string, SeenAlias>();
  /** Taken away by a person, or with its function. */
  const deleted = new Set<string>();
  /** Releases of which a hook after traffic was called. */
  const contracted = new Set<string>();
  /** How often smoke tests have called a version: "orders-api:2". */
  const smokeCalls = new Map<string, number>();
  let freeze: Freeze | undefined;

  const say = (text: string) => {
    if (!broken.includes(text)) broken.push(text);
  };
  const deleteAlias = (key: string) => {
    aliases.delete(key);
    deleted.add(key);
  };
  const holderOf = (key: string) => [...records.values()].find((record) => record.claim === 'held' && keysOf(record).includes(key));

  const aliasWritten = (key: string, isTeals: boolean, { FunctionVersion, RoutingConfig }: AliasAnswer) => {
    const before = aliases.get(key);
    const alias = { version: FunctionVersion, weights: RoutingConfig?.AdditionalVersionWeights ?? {} };
    const holder = holderOf(key);
    const target = holder?.targets.find((one) => targetKey(one) === key);
    const previewed = holder?.targets.find((one) => `${one.function}:${holder.request.preview}` === key);
    if (previewed) return previewWritten(key, isTeals, alias, { holder: holder!, target: previewed });
    if (!isTeals) {
      const isBlueAlone =
        !target?.isFirst && alias.version === (target?.blue ?? alias.version) && isWhole(alias) && alias.version !== '$LATEST';
      return void aliases.set(key, { ...alias, isPersons: !isBlueAlone });
    }
    aliases.set(key, { ...alias, isPersons: false });
    const now = describe(alias);
    if (before?.isPersons) say(`G4: ${key} was set by a person to ${describe(before)}, and is written over: ${now}`);
    if (!holder || !target) return say(`G5: ${key} is written (${now}), and no release holds it`);
    if (contracted.has(holder.id) && alias.version !== target.green) say(`G9: ${key} is written ${now} after its hook after traffic`);
    const side = holder.decision?.side;
    const isPromoted = alias.version === target.green && isWhole(alias);
    const isSwitched = target.isSwitch && weightOf(holder) === 100;
    if (isPromoted && side !== 'promote' && !isSwitched) say(`G3: ${key} is written ${now} before the decision to promote`);
    const greenPercent = isPromoted ? 0 : 100 * Math.max(0, ...Object.values(alias.weights));
    const allowedPercent = target.isSwitch ? 0 : targetWeightOf(holder, target);
    if (greenPercent > allowedPercent + 1e-6) say(`G3: ${key} is written ${now}, and ${allowedPercent} % are allowed`);
    const isApproved = holder.approval?.answer?.verdict === 'approved';
    const approvedBefore = isApproved ? undefined : holder.request.approval?.before;
    if ((greenPercent > 0 || isPromoted) && approvedBefore === 'traffic') say(`G3: ${key} is written ${now} before anybody approved it`);
    if (isPromoted && side === 'promote' && approvedBefore === 'promote') say(`G3: ${key} is promoted before anybody approved it`);
    // A rollback brings back what has served before.
    if ((greenPercent > 0 || isPromoted) && !holder.rollback)
      for (const { version, wanted } of smokeCallsOf(holder, target)) {
        const made = smokeCalls.get(`${target.function}:${version}`) ?? 0;
        if (made < wanted) say(`G3: ${key} is written ${now} before its smoke tests: ${made} of ${wanted} calls of version ${version}`);
      }
  };

  /** Of a preview alias G4, and G8 as far as an alias may never be split between what serves and what is being tried. */
  const previewWritten = (
    key: string,
    isTeals: boolean,
    alias: Omit<SeenAlias, 'isPersons'>,
    { holder, target }: { holder: ReleaseRecord; target: ReleaseTarget },
  ) => {
    const before = aliases.get(key);
    aliases.set(key, { ...alias, isPersons: !isTeals });
    if (!isTeals) return;
    if (before?.isPersons) say(`G4: ${key} was set by a person to ${describe(before)}, and is written over: ${describe(alias)}`);
    const known = [target.blue, target.green, target.preview?.before];
    if (!isWhole(alias) || !known.includes(alias.version)) say(`G8: preview ${key} is written ${describe(alias)}, of ${known}`);
    if (holder.decision?.side === 'promote' && alias.version !== target.green)
      say(`G6: preview ${key} is written ${describe(alias)} after the promotion`);
  };

  const recordWritten = (record: ReleaseRecord) => {
    const before = records.get(record.id);
    if (before && before.revision >= record.revision) return;
    records.set(record.id, record);
    for (const target of record.targets) {
      const alias = aliases.get(targetKey(target));
      // From here on what a person set is this release's blue.
      if (target.blue && alias?.version === target.blue && isWhole(alias) && record.step === undefined) alias.isPersons = false;
    }
    if (record.claim === 'held' && before?.claim !== 'held') {
      const begins = record.outbox[`${record.id}/start/release-started`]?.at;
      const { startAt } = record.request;
      if (startAt && begins && Date.parse(begins) < Date.parse(startAt))
        say(`${record.id} begins at ${begins}, before its time: ${startAt}`);
      if (record.rollback && !record.rollback.evenAfterContract && !record.rollback.isDirect) {
        const contracted = record.targets.find(({ rollsBack }) => rollsBack && contractOf(records.get(rollsBack)!));
        if (contracted) say(`G9: ${record.id} rolls back ${targetKey(contracted)} after the contract hook of ${contracted.rollsBack}`);
      }
      for (const other of records.values()) {
        const shared = keysOf(other).filter((key) => other.claim === 'held' && other.id !== record.id && keysOf(record).includes(key));
        if (shared.length > 0) say(`G5: ${shared} is held by ${other.id} and by ${record.id}`);
      }
    }
    if (freeze && record.step === 0 && before?.step === undefined && record.request.overrideFreeze === undefined && hasShifted(record)) {
      const at = record.shifts[0]!.from;
      if (Date.parse(at) > freeze.fromMs && Date.parse(at) < freeze.untilMs)
        say(`${record.id} shifts traffic for the first time at ${at}, inside a freeze`);
    }
    if (record.claim === 'released' && before?.claim === 'held') {
      for (const target of changedTargets(record)) {
        atEnd(record, target);
        previewAtEnd(record, target);
      }
      if (record.previewSince) say(`G6: ${record.id} lets go of previews that it has not seen to`);
    }
    if (before?.decision && JSON.stringify(before.decision) !== JSON.stringify(record.decision)) say(`G7: ${record.id} decided twice`);
    if (before && isOver(before) && before.status !== record.status)
      say(`G7: ${record.id} ended ${before.status} and then ${record.status}`);
    if (isOver(record) && !(before && isOver(before))) {
      if ([...claims.values()].includes(record.id)) say(`G6: ${record.id} shows its end (${record.status}) while it still has claims`);
      if (record.waiting) say(`G6: ${record.id} shows its end (${record.status}) with an open wait`);
      if (record.bake) say(`G6: ${record.id} shows its end (${record.status}) with an open bake`);
      if (record.waiting) say(`G6: ${record.id} shows its end (${record.status}) while its execution waits`);
    }
  };

  /** G1 and G2, at the moment in which a release lets go of a target. */
  const atEnd = (record: ReleaseRecord, target: ReleaseTarget) => {
    const alias = aliases.get(targetKey(target));
    if (target.moved || alias?.isPersons) return;
    if (target.isFirst && record.decision?.side !== 'promote') {
      if (alias) say(`G1: ${record.id} lets go of ${targetKey(target)} on ${describe(alias)}, and it was to have no alias`);
      return;
    }
    if (target.isFirst && !alias && !deleted.has(targetKey(target)))
      return say(`G1: ${record.id} lets go of ${targetKey(target)}, and it has no alias though it was promoted`);
    if (!alias) return;
    // Without a step no alias was written; what it is on then may be a person's.
    const wanted = record.decision?.side === 'promote' ? target.green : record.step === undefined ? alias.version : target.blue;
    if (alias.version !== wanted || !isWhole(alias))
      say(
        `G1: ${record.id} lets go of ${targetKey(target)} on ${describe(alias)}, and ${record.decision?.side ?? 'nothing decided'} means version ${wanted} alone`,
      );
  };

  /** G6 of previews: on what serves from now on, but for those that a person moved. */
  const previewAtEnd = (record: ReleaseRecord, target: ReleaseTarget) => {
    const key = `${target.function}:${record.request.preview}`;
    const alias = aliases.get(key);
    if (!target.preview?.isShown || target.preview.left || alias?.isPersons || deleted.has(key)) return;
    const wanted = record.decision?.side === 'promote' ? target.green : (target.blue ?? target.preview.before ?? target.green);
    if (!alias || alias.version !== wanted || !isWhole(alias))
      say(`G6: ${record.id} lets go of its preview ${key} on ${alias ? describe(alias) : 'nothing'}, and version ${wanted} serves`);
  };

  /** G9, at the moment in which a hook after traffic is called. */
  const afterTrafficCalled = (id: string) => {
    const record = records.get(id);
    contracted.add(id);
    if (record?.decision?.side !== 'promote') return say(`G9: a hook after traffic of ${id} is called before the decision to promote`);
    for (const target of changedTargets(record)) {
      const alias = aliases.get(targetKey(target));
      if (!alias || alias.isPersons || target.moved || (alias.version === target.green && isWhole(alias))) continue;
      say(`G9: a hook after traffic of ${id} is called while ${targetKey(target)} is on ${describe(alias)}`);
    }
  };

  /** G8, before anybody could notice. */
  const versionDeleted = (name: string, version: string | null) => {
    if (version === null) say(`G8: the function ${name} is deleted`);
    const naming = [...aliases].filter(([key, alias]) => key.startsWith(`${name}:`) && namesVersion(alias, version));
    const using = [...records.values()].filter(
      (record) =>
        !isOver(record) && record.targets.some((target) => target.function === name && [target.blue, target.green].includes(version!)),
    );
    for (const [key] of naming) say(`G8: version ${version} of ${name} is deleted while ${key} names it`);
    for (const { id } of using) say(`G8: version ${version} of ${name} is deleted while ${id} uses it`);
  };

  const claimsWritten = ({
    UpdateExpression: text,
    ExpressionAttributeNames: names = {},
    ExpressionAttributeValues: values = {},
  }: ClaimsUpdate) => {
    const id = values[':id']?.S ?? '';
    for (const attribute of Object.values(names)) {
      const key = attribute.replace(/^claim /, '');
      if (text.startsWith('REMOVE')) {
        claims.delete(key);
        if (records.get(id)?.claim === 'held') say(`G5: ${id} lets go of ${key} while it still says that it holds it`);
      } else {
        if (claims.has(key) && claims.get(key) !== id) say(`G5: ${id} takes ${key} from ${claims.get(key)}`);
        claims.set(key, id);
      }
    }
  };

  return {
    /** What was broken, each once. */
    broken,
    say,
    /** What the stack says of freezes from now on. */
    frozen(now: Freeze | undefined): void {
      freeze = now;
    },
    records,
    aliases,

    onAnswer(call: ServiceCall, request: UnsignedWireRequest, answer: WireResponse): void {
      if (answer.status >= 300) return;
      const isTeals = /assumed-role\/teal-/.test(call.caller);
      if (call.service === 'dynamodb' && isTeals) tableWritten(call.operation, JSON.parse(request.body.toString()));
      if (call.service !== 'lambda') return;
      const name = functionOf(request.path);
      const alias = /\/aliases\/([^/]+)/.exec(request.path)?.[1] ?? 'live';
      const key = `${name}:${alias}`;
      if (call.operation === 'UpdateAlias') aliasWritten(key, isTeals, bodyOf(answer));
      if (call.operation === 'CreateAlias') aliasWritten(`${name}:${bodyOf(answer).Name}`, isTeals, bodyOf(answer));
      if (call.operation === 'DeleteFunction' && isTeals) versionDeleted(name, request.query.get('Qualifier'));
      if (call.operation === 'DeleteAlias') deleteAlias(key);
      if (call.operation === 'DeleteFunction' && !request.query.has('Qualifier'))
        for (const one of aliases.keys()) if (one.startsWith(`${name}:`)) deleteAlias(one);
      if (call.operation === 'Invoke' && /teal-prod-afterTraffic/.test(call.caller))
        afterTrafficCalled((JSON.parse(request.body.toString()) as { release: { id: string } }).release.id);
      if (call.operation === 'Invoke' && /teal-prod-smokeTest/.test(call.caller)) {
        const version = `${name}:${request.query.get('Qualifier')}`;
        smokeCalls.set(version, (smokeCalls.get(version) ?? 0) + 1);
      }
    },
  };

  function tableWritten(operation: string, body: { Item?: never; Key?: { pk: { S: string }; sk: { S: string } } }): void {
    if (operation === 'PutItem' && body.Item && (body.Item as { sk: { S: string } }).sk.S === 'record')
      recordWritten(unmarshall(body.Item) as ReleaseRecord);
    if (operation === 'DeleteItem' && body.Key?.sk.S === 'record') records.delete(body.Key.pk.S.replace(/^release#/, ''));
    if (operation === 'UpdateItem' && body.Key?.pk.S === 'claims') claimsWritten(body as never);
  }
}

interface AliasAnswer {
  Name: string;
  FunctionVersion: string;
  RoutingConfig?: { AdditionalVersionWeights?: Record<string, number> };
}

interface ClaimsUpdate {
  UpdateExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, { S: string }>;
}

/** The function that a call to Lambda is about. */
export const functionOf = (path: string): string => /\/functions\/([^/]+)/.exec(decodeURIComponent(path))?.[1] ?? '';
const bodyOf = ({ body }: WireResponse) => JSON.parse(Buffer.from(body as Uint8Array).toString()) as AliasAnswer;
const namesVersion = ({ version, weights }: SeenAlias, named: string | null) => named !== null && (version === named || named in weights);
const keysOf = (record: ReleaseRecord) => claimsOf(record.request).map(targetKey);
const isWhole = ({ weights }: { weights: Record<string, number> }) => Object.keys(weights).length === 0;
/** What must have been called before traffic: green by every combination, and blue by those that are compared. */
function smokeCallsOf({ request }: ReleaseRecord, target: ReleaseTarget): { version: string | undefined; wanted: number }[] {
  const tests = request.smokeTests.filter((test) => test.target === target.function || test.target === targetKey(target));
  return [
    { version: target.green, wanted: countCalls(tests) },
    { version: target.blue, wanted: target.blue === undefined ? 0 : countCalls(tests.filter(({ compareWithBlue }) => compareWithBlue)) },
  ];
}
const describe = ({ version, weights }: { version: string; weights: Record<string, number> }) =>
  `version ${version}${isWhole({ weights }) ? '' : ` with ${JSON.stringify(weights)}`}`;
