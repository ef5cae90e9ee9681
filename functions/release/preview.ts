import * as v from 'valibot';
import type { Check, FunctionVersion } from './preflight.ts';
import { assertGoingOn, changedTargets, noted, type ReleaseRecord, type ReleaseTarget } from './record.ts';
import type { ReleaseRequest } from './request.ts';
import { allTraffic, describeRouting, isSameRouting, type Routing, type Write } from './routing.ts';
import type { WrongField } from './schema.ts';
import { listTargets } from './target.ts';
import { aliasName } from './target-schema.ts';

/** The preview: a second alias of every target, on green from when green can serve to the end of the release, for testers. */

export const previewSchema = v.optional(
  v.pipe(aliasName, v.description('A second alias of every function, such as "next", that is on green until the end, for testers')),
);

/** The preview alias of a target. */
export interface TargetPreview {
  /** The version that Plan found it on; undefined when there was none. */
  before?: string;
  /** It was put on green. */
  isShown?: boolean;
  /** A person moved it: where it is. */
  left?: string;
}

/** Each target of a release with a preview takes two claims, and the condition of the write that takes them must stay within DynamoDB's 4 KB. */
export const MOST_PREVIEWED = 50;

interface Named {
  function: string;
  alias: string;
}

/** All aliases that a release holds while it is in flight: those of its targets, and their preview aliases. */
export const claimsOf = ({ targets, preview }: Pick<ReleaseRequest, 'targets' | 'preview'>): Named[] => [
  ...targets,
  ...(preview === undefined ? [] : targets.map((target) => ({ function: target.function, alias: preview }))),
];

/** What is wrong with a preview of these targets. */
export function wrongPreview(preview: string, targets: Named[]): WrongField[] {
  const wrong = (message: string): WrongField[] => [{ field: 'preview', message }];
  if (targets.length > MOST_PREVIEWED)
    return wrong(`goes with at most ${MOST_PREVIEWED} targets, not ${targets.length}: release fewer at once, or leave it out`);
  const released = targets.filter(({ alias }) => alias === preview);
  if (released.length > 0) return wrong(`is the alias by which ${listTargets(released)} is released: name another`);
  const twice = targets.find(({ function: name }, index) => targets.findIndex((other) => other.function === name) < index);
  return twice ? wrong(`would be one alias of ${twice.function} for two targets: release one alias of it at a time`) : [];
}

/** What Plan found of a target's preview alias. */
export interface PreviewFacts {
  /** Undefined when there is none. */
  routing: Routing | undefined;
  /** The version on which the last release left it. */
  leftOn: string | undefined;
  /** The release of this alias itself that put in service what serves there; undefined when there is none. */
  releasedBy: string | undefined;
  hasProvisionedConcurrency: boolean;
}

/** A preview alias must be one that nobody has put to another use. */
export function checkPreview(
  preview: string,
  { function: name, alias }: Named,
  { routing, leftOn, releasedBy, hasProvisionedConcurrency }: PreviewFacts,
  blue: FunctionVersion | undefined,
): Check {
  const says = `alias ${preview} of ${name} is free for the preview`;
  if (!routing) return { says };
  const where = `alias ${preview} of ${name} is on ${describeRouting(routing)}`;
  const isOurs = [blue?.version, leftOn].some((version) => version !== undefined && isSameRouting(routing, allTraffic(version)));
  // Whoever calls it has been promised that no green serves there untested.
  if (releasedBy !== undefined)
    return { says, problem: `${where}, where release ${releasedBy} of that alias has put it: name another alias as "preview"` };
  if (!isOurs) {
    const mend = blue ? `point it at version ${blue.version}, which ${alias} serves, or delete it` : 'delete it';
    return { says, problem: `${where}, where no release has left it: ${mend}, or name another alias as "preview"` };
  }
  if (hasProvisionedConcurrency)
    return { says, problem: `${where} with provisioned concurrency of its own, with which Lambda moves weights itself; remove it` };
  return { says };
}

/** What a writer wants of a preview alias: to put it on green, or on the version that serves from now on. */
export type PreviewIntent = 'show' | 'settle';

/**
 * What may be written to a preview alias that has just been read: the counterpart of `decideWrite`. A preview alias is ours when
 * it is where Plan found it, on blue or on green; anything else is a person's. Throws ReleaseOver as the rules do.
 */
export function decidePreview(intent: PreviewIntent, record: ReleaseRecord, target: ReleaseTarget, found: Routing | undefined): Write {
  if (intent === 'show' || record.claim !== 'held') assertGoingOn(record);
  const version = intent === 'show' ? target.green : servingVersion(record, target);
  // Reverted, and nothing serves or was there before: testers keep green.
  if (version === undefined) return { act: 'nothing' };
  const wanted = allTraffic(version);
  const { before, isShown } = target.preview ?? {};
  // One that is not there any more somebody has deleted. One that never was is made also on a revert: CreateAlias takes no
  // RevisionId, and one that is still in flight is shut out by nothing else.
  if (!found)
    return before === undefined && !isShown ? { act: 'create', version } : { act: 'leave', why: describeMoved(record, target, found) };
  const isAhead = intent === 'show' || record.decision?.side === 'promote';
  if (isAhead && isSameRouting(found, wanted)) return { act: 'nothing' };
  const ours = [before, target.blue, target.green].filter((one) => one !== undefined);
  return ours.some((one) => isSameRouting(found, allTraffic(one)))
    ? { act: 'write', routing: wanted }
    : { act: 'leave', why: describeMoved(record, target, found) };
}

/** What the preview is on after the end: green when promoted, else blue, or where it was before where there is no blue. */
export const servingVersion = ({ decision }: ReleaseRecord, target: ReleaseTarget): string | undefined =>
  decision?.side === 'promote' ? target.green : (target.blue ?? target.preview?.before);

const describeMoved = ({ request }: ReleaseRecord, target: ReleaseTarget, found: Routing | undefined): string =>
  `alias ${request.preview} of ${target.function} ${found ? `is on ${describeRouting(found)}` : 'is gone'}, which this release did not do`;

/** The targets whose preview this release moves. */
export const previewedTargets = (record: ReleaseRecord): ReleaseTarget[] =>
  changedTargets(record).filter(({ preview }) => preview && !preview.left);

/** From here on preview aliases may be on green; in the record before the first of them is written. */
export function withPreview(record: ReleaseRecord, at: string): ReleaseRecord | undefined {
  assertGoingOn(record);
  return record.previewSince ? undefined : { ...record, previewSince: at };
}

/** What became of a preview alias: as wanted, or left as it is (and where it is). */
export interface PreviewMoved {
  target: ReleaseTarget;
  left?: string;
}

/** The previews are on green, but for those that were left. */
export function withPreviewShown(record: ReleaseRecord, moved: PreviewMoved[], at: string): ReleaseRecord | undefined {
  assertGoingOn(record);
  if (moved.every(({ target }) => target.preview?.isShown)) return undefined;
  const shown = { ...record, targets: record.targets.map((target) => withMoved(target, moved, true)) };
  const names = listTargets(moved.filter(({ left }) => !left).map(({ target }) => target));
  return noted(withLeft(shown, moved, at), at, names ? `alias ${record.request.preview} of ${names} is on green` : 'no preview was moved');
}

/** The previews are on the version that serves, but for those that were left; nobody has to see to them any more. */
export function withPreviewSettled(record: ReleaseRecord, moved: PreviewMoved[], at: string): ReleaseRecord | undefined {
  if (!record.previewSince) return undefined;
  const { previewSince: _, ...rest } = record;
  const settled = { ...rest, targets: record.targets.map((target) => withMoved(target, moved, target.preview?.isShown)) };
  const side = record.decision?.side === 'promote' ? 'green, which serves now' : 'blue again';
  const kept = moved.filter(({ left }) => !left).map(({ target }) => target);
  const named = (targets: ReleaseTarget[], where: string) =>
    targets.length > 0 ? [`alias ${record.request.preview} of ${listTargets(targets)} ${where}`] : [];
  const texts = [
    ...named(
      kept.filter((target) => servingVersion(record, target)),
      `is on ${side}`,
    ),
    ...named(
      kept.filter((target) => target.preview?.isShown && !servingVersion(record, target)),
      'stays on green: no version of it serves',
    ),
  ];
  return withLeft(
    texts.reduce((noting, text) => noted(noting, at, text), settled),
    moved,
    at,
  );
}

function withMoved(target: ReleaseTarget, moved: PreviewMoved[], isShown: boolean | undefined): ReleaseTarget {
  const one = moved.find((other) => other.target.function === target.function && other.target.alias === target.alias);
  if (!one) return target;
  return { ...target, preview: { ...target.preview, ...(one.left ? { left: one.left } : { isShown }) } };
}

const withLeft = (record: ReleaseRecord, moved: PreviewMoved[], at: string): ReleaseRecord =>
  moved.reduce((noting, { left }) => (left ? noted(noting, at, `left alone: ${left}`) : noting), record);

/** As `GET /releases/{id}` shows it; undefined for a release without. */
export function presentPreview({ request, previewSince, targets }: ReleaseRecord): Record<string, unknown> | undefined {
  if (request.preview === undefined) return undefined;
  const left = targets.flatMap(({ preview }) => preview?.left ?? []);
  return { alias: request.preview, onGreenSince: previewSince, left };
}
