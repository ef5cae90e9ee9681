/** The demo's model: what happened goes in, what is worth telling comes out. No clock, no AWS. All times are cloud time. */

/** A release as GET /releases/{id} shows it, as far as the demo reads it. */
export interface ShownRelease {
  id: string;
  status: string;
  reason?: { code: string; message: string };
  step?: { number: number; of: number; weight: number };
  targets: { blue?: string; green?: string }[];
  /** The last look. */
  evidence?: { verdict: string };
  /** What the judge says; evidence and limit to one. */
  judgement?: { evidence: number; limit: number };
  decision?: { at: string };
  timeline: { at: string; text: string }[];
  endedAt?: string;
}

/** What a release of the demo is for, and how it must end. */
export interface Act {
  number: number;
  title: string;
  expected: { status: string; reasonCode: string };
  /** What is wrong with the version: what its users meet. */
  flaw?: 'failures' | 'latency';
}

export type Happening =
  | { type: 'request'; startedMs: number; endedMs: number; version?: string; failure?: string }
  | { type: 'release-began'; atMs: number; act: Act; id: string; plan: string }
  | { type: 'release-seen'; atMs: number; shown: ShownRelease }
  | { type: 'alias-seen'; atMs: number; version: string; weights: Record<string, number> }
  | { type: 'pulse'; atMs: number };

export interface Counts {
  requests: number;
  errors: number;
}

/** How green is doing since the alias was last written. */
export interface Progress {
  status: string;
  /** Percent of traffic that the release asks for green. */
  weightPercent: number;
  /** Percent of the requests that green really answered; null before there was one. */
  greenPercent: number | null;
  blue: Counts;
  green: Counts;
  /** What Teal's last look made of what it saw; the judge's evidence against green is to one. */
  look?: { evidence?: number; verdict: string };
}

/** What is told. `at` is the cloud time at which it was seen, in ISO form; `seconds` the cloud time since the release began. */
export type Moment = { at: string; seconds: number } & (
  | { type: 'release'; number: number; title: string; id: string; plan: string }
  | { type: 'said'; text: string; recordedAt: string }
  | ({ type: 'progress' } & Progress)
  | { type: 'alias'; version: string; weightsPercent: Record<string, number> }
  | { type: 'end'; number: number; status: string; reason: { code: string; message: string }; isAsExpected: boolean }
);

export interface Failure {
  endedMs: number;
  /** Unknown when the request did not reach a version. */
  version?: string;
  message: string;
}

export interface Ended {
  act: Act;
  id: string;
  beganMs: number;
  status: string;
  reason: { code: string; message: string };
  isAsExpected: boolean;
  green?: string;
  /** When Teal decided; for a revert by the judge the look that found it. */
  decidedMs?: number;
}

/** An alias as it was seen; weights are Lambda's, from 0 to 1. */
export interface Routing {
  atMs: number;
  version: string;
  weights: Record<string, number>;
}

export interface Current {
  act: Act;
  id: string;
  beganMs: number;
  /** As it was last seen. */
  shown?: ShownRelease;
  /** When a progress was last told. */
  toldMs: number;
  /** An alias that was seen to be written before the record that says why: told with it and with the last numbers of the split before. */
  untold?: Routing & { before?: { counts: Record<string, Counts>; weightPercent: number } };
}

export interface Story {
  requests: number;
  failures: Failure[];
  routings: Routing[];
  /** By version: when its first request of a user was answered. */
  firstAnswersMs: Record<string, number>;
  ended: Ended[];
  current?: Current;
  /** By version, of the requests that began since the alias was last written. */
  counts: Record<string, Counts>;
}

export const newStory = (): Story => ({ requests: 0, failures: [], routings: [], firstAnswersMs: {}, ended: [], counts: {} });

/** A pulse tells nothing when something was told in the last half cloud minute. */
const QUIET_MS = 30_000;

/** Adds what happened to the story, and says what of it is worth telling. */
export function tell(story: Story, happening: Happening): { story: Story; moments: Moment[] } {
  switch (happening.type) {
    case 'request':
      return { story: withRequest(story, happening), moments: [] };
    case 'release-began': {
      const { act, id, plan, atMs } = happening;
      const next: Story = { ...story, counts: {}, current: { act, id, beganMs: atMs, toldMs: atMs } };
      return { story: next, moments: [{ ...when(next, atMs), type: 'release', number: act.number, title: act.title, id, plan }] };
    }
    case 'release-seen':
      return seeRelease(story, happening.shown, happening.atMs);
    case 'alias-seen':
      return seeAlias(story, happening);
    case 'pulse': {
      const { current } = story;
      if (!current?.shown || current.untold || happening.atMs - current.toldMs < QUIET_MS) return { story, moments: [] };
      return { story: { ...story, current: { ...current, toldMs: happening.atMs } }, moments: [progress(story, happening.atMs)] };
    }
  }
}

function withRequest(story: Story, { startedMs, endedMs, version, failure }: Extract<Happening, { type: 'request' }>): Story {
  const requests = story.requests + 1;
  const failures = failure === undefined ? story.failures : [...story.failures, { endedMs, version, message: failure }];
  const isFirst = version !== undefined && story.firstAnswersMs[version] === undefined;
  const firstAnswersMs = isFirst ? { ...story.firstAnswersMs, [version]: endedMs } : story.firstAnswersMs;
  const since = story.routings.at(-1)?.atMs ?? 0;
  // A request that began before the alias was written says nothing about the new split.
  if (version === undefined || startedMs < since) return { ...story, requests, failures, firstAnswersMs };
  const before = story.counts[version] ?? { requests: 0, errors: 0 };
  const counts = { ...story.counts, [version]: { requests: before.requests + 1, errors: before.errors + (failure === undefined ? 0 : 1) } };
  return { ...story, requests, failures, firstAnswersMs, counts };
}

function seeRelease(story: Story, shown: ShownRelease, atMs: number): { story: Story; moments: Moment[] } {
  const { current } = story;
  if (!current || current.id !== shown.id) return { story, moments: [] };
  const { untold, ...rest } = current;
  const seen: Story = { ...story, current: { ...rest, shown } };
  // What the record says of an alias it wrote before it wrote it: nothing is told out of order.
  const saidMs = untold?.atMs ?? atMs;
  const moments: Moment[] = [
    ...(untold?.before ? [lastProgress({ ...story, counts: untold.before.counts }, shown, untold.before.weightPercent, untold.atMs)] : []),
    ...newEntries(current, shown).map(({ at, text }): Moment => ({ ...when(seen, saidMs), type: 'said', text, recordedAt: at })),
    ...(untold ? [aliasMoment(seen, untold)] : []),
  ];
  if (shown.endedAt) {
    const { act, id, beganMs } = current;
    const reason = reasonOf(shown);
    const isAsExpected = shown.status === act.expected.status && reason.code === act.expected.reasonCode;
    const ended: Ended = {
      act,
      id,
      beganMs,
      status: shown.status,
      reason,
      isAsExpected,
      green: shown.targets[0]?.green,
      ...(shown.decision && { decidedMs: Date.parse(shown.decision.at) }),
    };
    return {
      story: { ...seen, current: undefined, ended: [...story.ended, ended] },
      moments: [...moments, { ...when(seen, atMs), type: 'end', number: act.number, status: shown.status, reason, isAsExpected }],
    };
  }
  // Numbers come with the pulse, but for the first.
  if (current.shown) return { story: seen, moments };
  return { story: { ...seen, current: { ...seen.current!, toldMs: atMs } }, moments: [...moments, progress(seen, atMs)] };
}

/**
 * The timeline's entries that were not there before. The end is told by itself, with whether it is as it should be. When
 * a bake ends the record compares every metric in a line of its own; the first of them, of the strongest, is told.
 */
function newEntries({ shown: before }: Current, shown: ShownRelease): ShownRelease['timeline'] {
  const end = shown.endedAt && shown.timeline.at(-1);
  const isAlike = (one: Entry, other: Entry) => one.at === other.at && beginning(one) !== undefined && beginning(one) === beginning(other);
  const isTold = (entry: Entry) => entry !== end && shown.timeline.find((other) => isAlike(other, entry) || other === entry) === entry;
  return shown.timeline.slice(before?.timeline.length ?? 0).filter(isTold);
}

type Entry = ShownRelease['timeline'][number];

/** "judged" of "judged: errors of mobile-api: …". */
const beginning = ({ text }: Entry) => text.match(/^([^:]+): /)?.[1];

const reasonOf = ({ reason }: ShownRelease) => reason ?? { code: 'unknown', message: 'it gave no reason' };

/** The alias was written: counting begins again. */
function seeAlias(
  story: Story,
  { atMs, version, weights }: Extract<Happening, { type: 'alias-seen' }>,
): { story: Story; moments: Moment[] } {
  const before = story.routings.at(-1);
  if (before && JSON.stringify([before.version, before.weights]) === JSON.stringify([version, weights])) return { story, moments: [] };
  const { current } = story;
  const weightPercent = before && additionalPercent(before.weights);
  const untold = { atMs, version, weights, ...(weightPercent && { before: { counts: story.counts, weightPercent } }) };
  const next: Story = {
    ...story,
    routings: [...story.routings, { atMs, version, weights }],
    counts: {},
    ...(current && { current: { ...current, untold } }),
  };
  // Two writes between two readings of the record: the first cannot wait for it.
  const moments = current?.untold ? [aliasMoment(story, current.untold)] : [];
  return { story: next, moments };
}

const aliasMoment = (story: Story, { atMs, version, weights }: NonNullable<Current['untold']>): Moment => ({
  ...when(story, atMs),
  type: 'alias',
  version,
  weightsPercent: sharesOf(version, weights),
});

/** Percent of the traffic by version, as the alias has it. */
function sharesOf(version: string, weights: Record<string, number>): Record<string, number> {
  const additional = Object.entries(weights).map(([name, weight]) => [name, round(weight * 100)]);
  return Object.fromEntries([[version, round(100 - additionalPercent(weights))], ...additional]);
}

const additionalPercent = (weights: Record<string, number>) => round(100 * Object.values(weights).reduce((sum, weight) => sum + weight, 0));

const progress = (story: Story, atMs: number): Moment => ({ ...when(story, atMs), type: 'progress', ...progressOf(story) });

/** The last numbers of a split: the record that comes with them may be further on already, except in what it decided. */
function lastProgress(story: Story, shown: ShownRelease, weightPercent: number, atMs: number): Moment {
  const before = story.current!.shown ?? shown;
  return {
    ...when(story, atMs),
    type: 'progress',
    ...progressOf({ ...story, current: { ...story.current!, shown: { ...before, evidence: shown.evidence, judgement: shown.judgement } } }),
    weightPercent,
  };
}

function progressOf({ current, counts }: Story): Progress {
  const { status, step, targets, evidence, judgement } = current!.shown!;
  const greenVersion = targets[0]?.green;
  const green = (greenVersion !== undefined && counts[greenVersion]) || { requests: 0, errors: 0 };
  const all = Object.values(counts);
  const blue = {
    requests: all.reduce((sum, { requests }) => sum + requests, 0) - green.requests,
    errors: all.reduce((sum, { errors }) => sum + errors, 0) - green.errors,
  };
  const total = blue.requests + green.requests;
  return {
    status,
    weightPercent: status === 'reverting' ? 0 : (step?.weight ?? 0),
    greenPercent: total === 0 ? null : round((100 * green.requests) / total),
    blue,
    green,
    ...(evidence && { look: { evidence: judgement?.evidence, verdict: evidence.verdict } }),
  };
}

function when(story: Story, atMs: number): { at: string; seconds: number } {
  return { at: new Date(atMs).toISOString(), seconds: Math.max(0, Math.round((atMs - (story.current?.beganMs ?? atMs)) / 1000)) };
}

const round = (percent: number) => Math.round(percent * 10) / 10;
