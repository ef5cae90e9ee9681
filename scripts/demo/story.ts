/** The demo's model: what happened goes in, what is worth telling comes out. No clock, no AWS. All times are cloud time. */

/** A release as GET /releases/{id} shows it, as far as the demo reads it. */
export interface ShownRelease {
  id: string;
  status: string;
  reason?: { code: string; message: string };
  step?: { number: number; of: number; weight: number };
  targets: { blue?: string; green?: string }[];
  evidence?: { alarms: { name: string; state: string }[]; verdict: string };
  timeline: { at: string; text: string }[];
  endedAt?: string;
}

/** What a release of the demo is for, and how it must end. */
export interface Act {
  number: number;
  title: string;
  expected: { status: string; reasonCode: string };
}

export type Happening =
  | { type: 'request'; startedMs: number; endedMs: number; version?: string; failure?: string }
  | { type: 'release-began'; atMs: number; act: Act; id: string; plan: string }
  | { type: 'release-seen'; atMs: number; shown: ShownRelease }
  | { type: 'alias-seen'; atMs: number; version: string; weights: Record<string, number> }
  | { type: 'alarm-seen'; atMs: number; name: string; state: string }
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
  /** What Teal's last look saw, and what it made of it. */
  look?: { alarms: Record<string, string>; verdict: string };
}

/** What is told. `at` is cloud time in ISO form, `seconds` the cloud time since the release began. */
export type Moment = { at: string; seconds: number } & (
  | { type: 'release'; number: number; title: string; id: string; plan: string }
  | { type: 'said'; text: string }
  | ({ type: 'progress' } & Progress)
  | { type: 'alias'; version: string; weightsPercent: Record<string, number> }
  | { type: 'alarm'; name: string; state: string; before: string }
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
  green?: string;
}

export interface Story {
  requests: number;
  failures: Failure[];
  routings: { atMs: number; version: string; weights: Record<string, number> }[];
  alarms: { atMs: number; name: string; state: string }[];
  ended: Ended[];
  current?: { act: Act; id: string; beganMs: number; shown?: ShownRelease; toldMs: number };
  /** By version, of the requests that began since the alias was last written. */
  counts: Record<string, Counts>;
}

export const newStory = (): Story => ({ requests: 0, failures: [], routings: [], alarms: [], ended: [], counts: {} });

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
    case 'alarm-seen': {
      const { atMs, name, state } = happening;
      const before = story.alarms.findLast((alarm) => alarm.name === name)?.state;
      if (before === state) return { story, moments: [] };
      const moments: Moment[] = before && story.current ? [{ ...when(story, atMs), type: 'alarm', name, state, before }] : [];
      return { story: { ...story, alarms: [...story.alarms, { atMs, name, state }] }, moments };
    }
    case 'pulse': {
      const { current } = story;
      if (!current?.shown || happening.atMs - current.toldMs < QUIET_MS) return { story, moments: [] };
      return withProgress(story, happening.atMs);
    }
  }
}

function withRequest(story: Story, { startedMs, endedMs, version, failure }: Extract<Happening, { type: 'request' }>): Story {
  const requests = story.requests + 1;
  const failures = failure === undefined ? story.failures : [...story.failures, { endedMs, version, message: failure }];
  const since = story.routings.at(-1)?.atMs ?? 0;
  // A request that began before the alias was written says nothing about the new split.
  if (version === undefined || startedMs < since) return { ...story, requests, failures };
  const before = story.counts[version] ?? { requests: 0, errors: 0 };
  const counts = { ...story.counts, [version]: { requests: before.requests + 1, errors: before.errors + (failure === undefined ? 0 : 1) } };
  return { ...story, requests, failures, counts };
}

function seeRelease(story: Story, shown: ShownRelease, atMs: number): { story: Story; moments: Moment[] } {
  const { current } = story;
  if (!current || current.id !== shown.id) return { story, moments: [] };
  const reason = shown.reason ?? { code: 'unknown', message: 'no reason given' };
  const entries = shown.timeline
    .slice(current.shown?.timeline.length ?? 0)
    // The end is told once, with whether it is as it should be.
    .filter(({ text }) => !(shown.endedAt && text === `${shown.status}: ${reason.message}`));
  const said = entries.map(({ at, text }): Moment => ({ ...when(story, Date.parse(at)), type: 'said', text }));
  const next: Story = { ...story, current: { ...current, shown } };
  if (shown.endedAt) {
    const { act, id, beganMs } = current;
    const isAsExpected = shown.status === act.expected.status && reason.code === act.expected.reasonCode;
    const end: Moment = { ...when(story, Date.parse(shown.endedAt)), type: 'end', number: act.number, status: shown.status, reason, isAsExpected };
    const ended = { act, id, beganMs, status: shown.status, reason, green: shown.targets[0]?.green };
    return { story: { ...next, current: undefined, ended: [...story.ended, ended] }, moments: [...said, end] };
  }
  const isNews = shown.status !== current.shown?.status || shown.step?.number !== current.shown?.step?.number;
  // A shift takes a moment, and the alias tells of it.
  if (!isNews || shown.status === 'shifting') return { story: next, moments: said };
  const told = withProgress(next, atMs);
  return { story: told.story, moments: [...said, ...told.moments] };
}

/** The alias was written: its last split gets its final count, and counting begins again. */
function seeAlias(story: Story, { atMs, version, weights }: Extract<Happening, { type: 'alias-seen' }>): { story: Story; moments: Moment[] } {
  const before = story.routings.at(-1);
  if (before && JSON.stringify([before.version, before.weights]) === JSON.stringify([version, weights])) return { story, moments: [] };
  const wasSplit = before !== undefined && Object.keys(before.weights).length > 0;
  const last = wasSplit && story.current?.shown ? withProgress(story, atMs).moments : [];
  const next: Story = { ...story, routings: [...story.routings, { atMs, version, weights }], counts: {} };
  if (!story.current) return { story: next, moments: [] };
  return { story: next, moments: [...last, { ...when(story, atMs), type: 'alias', version, weightsPercent: sharesOf(version, weights) }] };
}

/** Percent of the traffic by version, as the alias has it. */
function sharesOf(version: string, weights: Record<string, number>): Record<string, number> {
  const additional = Object.entries(weights).map(([name, weight]): [string, number] => [name, round(weight * 100)]);
  const rest = 100 - additional.reduce((sum, [, percent]) => sum + percent, 0);
  return Object.fromEntries([[version, round(rest)], ...additional]);
}

function withProgress(story: Story, atMs: number): { story: Story; moments: Moment[] } {
  const current = story.current!;
  return { story: { ...story, current: { ...current, toldMs: atMs } }, moments: [{ ...when(story, atMs), type: 'progress', ...progressOf(story) }] };
}

function progressOf({ current, counts }: Story): Progress {
  const { status, step, targets, evidence } = current!.shown!;
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
    ...(evidence && { look: { alarms: Object.fromEntries(evidence.alarms.map(({ name, state }) => [name, state])), verdict: evidence.verdict } }),
  };
}

function when(story: Story, atMs: number): { at: string; seconds: number } {
  return { at: new Date(atMs).toISOString(), seconds: Math.max(0, Math.round((atMs - (story.current?.beganMs ?? atMs)) / 1000)) };
}

const round = (percent: number) => Math.round(percent * 10) / 10;
