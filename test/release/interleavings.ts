import { backOnBlue, decide, letGo, tryStep } from '../../functions/release/changes.ts';
import { ReleaseError } from '../../functions/release/errors.ts';
import { NOT_JUDGED } from '../../functions/release/judge/request.ts';
import { newRecord } from '../../functions/release/new-record.ts';
import { changedTargets, type ReleaseRecord, type ReleaseTarget, targetWeightOf } from '../../functions/release/record.ts';
import { allTraffic, decideWrite, type Intent, isSameRouting, type Routing } from '../../functions/release/routing.ts';

/**
 * Explores every interleaving of writers of the same aliases. A writer is a list of atomic actions (one call to AWS
 * each); the world is the aliases and the record. States that were seen are not explored again.
 */

const AT = '2026-01-15T12:00:00.000Z';

export interface World {
  record: ReleaseRecord;
  /** Without a routing there is no alias. */
  aliases: { routing: Routing | undefined; revision: number; isPersons: boolean }[];
  /** A writer of this release wrote over what a person, or the next release, had set. */
  isOverwritten: boolean;
  /** Something went wrong in the execution: it goes on at Revert. */
  hasFailed: boolean;
}

interface Writer {
  name: string;
  at: number;
  /** What it has read: an alias's routing and revision, and whether the rules let it write. */
  read?: { target: number; revision: number; routing: Routing | undefined };
  write?: Routing;
}

/** An action: changes world and writer, and says which action comes next. */
type Action = (world: World, writer: Writer) => number;
export type Program = Action[];

const change = (world: World, by: (record: ReleaseRecord) => ReleaseRecord | undefined) => {
  world.record = by(world.record) ?? world.record;
};

const STOP = Number.MAX_SAFE_INTEGER;

/** The one way to write an alias, as in flow/move-alias.ts: read it, read the record and ask the rules, write with the revision read. `over` is where a writer goes that the rules stop. */
export function move(start: number, target: number, intent: Intent, over: number, rules = decideWrite): Program {
  return [
    (world, writer) => {
      // As in flow/settle.ts.
      if (intent.kind === 'settle' && world.record.targets[target]!.isBack) return start + 3;
      const { revision, routing } = world.aliases[target]!;
      writer.read = { target, revision, routing };
      return start + 1;
    },
    (world, writer) => {
      try {
        const write = rules(intent, world.record, changedTargets(world.record)[target]!, writer.read!.routing);
        if (write.act !== 'write' && write.act !== 'create') return start + 3;
        writer.write = write.act === 'create' ? allTraffic(write.version) : write.routing;
        return start + 2;
      } catch (error) {
        if (error instanceof ReleaseError) return over;
        throw error;
      }
    },
    (world, writer) => {
      const alias = world.aliases[target]!;
      // CreateAlias asks no more than that there is none.
      if (writer.read!.routing ? alias.revision !== writer.read!.revision : alias.routing) return start;
      world.isOverwritten ||= alias.isPersons;
      world.aliases[target] = { routing: writer.write!, revision: alias.revision + 1, isPersons: false };
      return start + 3;
    },
  ];
}

/** Several programs, one after the other; each gets the number of its first action. */
export function sequence(...parts: ((start: number) => Program)[]): Program {
  const program: Program = [];
  for (const part of parts) program.push(...part(program.length));
  return program;
}

export const decideTo =
  (side: 'promote' | 'revert') =>
  (start: number): Program => [
    (world) => {
      change(world, decide(side, { code: side === 'promote' ? 'passed' : 'alarm', message: side }, AT));
      return start + 1;
    },
  ];

/** The brake's last act: says which aliases are back on blue. */
export const noteBack = (start: number): Program => [
  (world) => {
    change(world, backOnBlue);
    return start + 1;
  },
];

/** Promote's: who loses the decision goes on at `over`. */
export const win =
  (over: number) =>
  (start: number): Program => [
    (world) => {
      change(world, decide('promote', { code: 'passed', message: 'promote' }, AT));
      return world.record.decision?.side === 'promote' ? start + 1 : over;
    },
  ];

/** Something in the execution fails, at whatever moment. */
export const failure: Program = [
  (world) => {
    world.hasFailed = true;
    return 1;
  },
];

/** ShiftTraffic's first act; where the release is decided already it goes on at `over`. */
export const begin =
  (step: number, over: number) =>
  (start: number): Program => [
    (world) => {
      try {
        change(world, tryStep(step, AT));
        return start + 1;
      } catch (error) {
        if (error instanceof ReleaseError) return over;
        throw error;
      }
    },
  ];

/** The release lets its targets go: whoever writes after this writes on somebody else's alias. */
export const release = (start: number): Program => [
  (world) => {
    change(world, letGo);
    return start + 1;
  },
];

/** The same, and the execution is over. */
export const releaseAndStop = (): Program => [
  (world) => {
    change(world, letGo);
    return STOP;
  },
];

/** A person sets an alias to something that no step writes. */
export const person = (target: number): Program => [
  (world) => {
    const { revision } = world.aliases[target]!;
    world.aliases[target] = { routing: { version: '1', weights: { 2: 33 } }, revision: revision + 1, isPersons: true };
    return 1;
  },
];

/** The next release of the same target, once it is free: shifts the same green by the same weight. */
export const nextRelease = (target: number): Program => [
  (world) => {
    if (world.record.claim !== 'released') return STOP;
    const { revision } = world.aliases[target]!;
    world.aliases[target] = { routing: { version: '1', weights: { 2: 10 } }, revision: revision + 1, isPersons: true };
    return 1;
  },
];

/** Targets of these kinds; of a number so many that have their alias. */
export function aWorld(targets: number | Kind[]): World {
  const kinds = typeof targets === 'number' ? Array.from({ length: targets }, (): Kind => 'plain') : targets;
  const names = kinds.map((_, index) => ({ function: `f${index}`, alias: 'live' }));
  const request = {
    targets: names,
    plan: [],
    alarms: [],
    alarmsAlreadyRed: 'reject',
    missingData: 'notBreaching',
    smokeTests: [],
    judge: NOT_JUDGED,
    unwatched: false,
    again: false,
    labels: {},
  } as const;
  const plan = [
    { weightPercent: 10, bakeSeconds: 60 },
    { weightPercent: 100, bakeSeconds: 60 },
  ];
  const record = newRecord({
    id: 'r',
    request: { ...request, targets: names, plan: [], alarms: [], smokeTests: [] },
    plan,
    at: AT,
    startedBy: 'test',
  });
  return {
    record: { ...record, claim: 'held', targets: record.targets.map((target, index) => ({ ...target, ...KINDS[kinds[index]!] })) },
    aliases: kinds.map((kind) => ({ routing: kind === 'first' ? undefined : allTraffic('1'), revision: 0, isPersons: false })),
    isOverwritten: false,
    hasFailed: false,
  };
}

export type Kind = 'plain' | 'first' | 'switch';
const KINDS: Record<Kind, Partial<ReleaseTarget>> = {
  plain: { blue: '1', green: '2' },
  first: { green: '2', isFirst: true },
  switch: { blue: '1', green: '2', isSwitch: true },
};

export interface Result {
  states: number;
  /** A world and how it came about, for each broken promise; at most a few. */
  violations: { promise: string; path: string[]; aliases: (Routing | undefined)[] }[];
}

interface Visit {
  world: World;
  writers: Writer[];
  /** How it came about: told only of a violation. */
  from?: Visit;
  act?: string;
}

const MOST_VIOLATIONS = 3;

/** Runs the programs in every order. `check` looks at each state, `checkEnd` at those in which every writer is done. */
export function explore(
  world: World,
  programs: Record<string, Program>,
  check: (world: World) => string | undefined,
  checkEnd: (world: World) => string | undefined,
): Result {
  const seen = new Set<string>();
  const violations: Result['violations'] = [];
  const report = (promise: string | undefined, visit: Visit) => {
    if (!promise || violations.length >= MOST_VIOLATIONS) return;
    const path: string[] = [];
    for (let at: Visit | undefined = visit; at?.act; at = at.from) path.unshift(at.act);
    violations.push({ promise, path, aliases: visit.world.aliases.map(({ routing }) => routing) });
  };
  const waiting: Visit[] = [{ world, writers: Object.keys(programs).map((name) => ({ name, at: 0 })) }];
  for (let visit = waiting.pop(); visit; visit = waiting.pop()) {
    const key = keyOf(visit);
    if (seen.has(key)) continue;
    seen.add(key);
    report(check(visit.world), visit);
    const running = visit.writers.filter((writer) => writer.at < programs[writer.name]!.length);
    if (running.length === 0) report(checkEnd(visit.world), visit);
    for (const { name } of running) {
      const next: World = { ...visit.world, aliases: [...visit.world.aliases] };
      const writers = visit.writers.map((writer) => (writer.name === name ? { ...writer } : writer));
      const writer = writers.find((one) => one.name === name)!;
      writer.at = programs[name]![writer.at]!(next, writer);
      // What was read is of no use once the write is done.
      if (writer.at >= programs[name]!.length) Object.assign(writer, { at: STOP, read: undefined, write: undefined });
      waiting.push({ world: next, writers, from: visit, act: `${name} ${visit.writers.find((one) => one.name === name)!.at}` });
    }
  }
  return { states: seen.size, violations };
}

/** Two states with the same key go on alike. Of a revision that was read it matters only whether it is the alias's still. */
function keyOf({ world, writers }: Visit): string {
  const { record, aliases, isOverwritten, hasFailed } = world;
  const parts = [isOverwritten ? '!' : '', hasFailed ? 'x' : '', record.decision?.side ?? '', record.step ?? '', record.claim];
  for (const target of record.targets) parts.push(`${target.moved ? 'm' : ''}${target.isBack ? 'b' : ''}`);
  for (const { routing, isPersons } of aliases) parts.push(`${brief(routing)}${isPersons ? 'p' : ''}`);
  for (const { at, read, write } of writers) {
    const isFresh = read && aliases[read.target]!.revision === read.revision;
    parts.push(
      `${at === STOP ? 'end' : at}${read ? `${isFresh ? '=' : '~'}${read.target}${brief(read.routing)}` : ''}${write ? `>${brief(write)}` : ''}`,
    );
  }
  return parts.join(' ');
}

const brief = (routing: Routing | undefined) => (routing ? `${routing.version}:${routing.weights['2'] ?? ''}` : 'none');

/** G3: no alias of ours carries more green than the step being tried allows, and none is on green before the decision to promote. */
export function tooMuchGreen({ record, aliases }: World): string | undefined {
  const isPromoted = record.decision?.side === 'promote';
  const isTooMuch = aliases.some(({ routing, isPersons }, index) => {
    const greenPercent = routing?.version === '2' ? 100 : (routing?.weights['2'] ?? 0);
    if (isPersons || (isPromoted && routing?.version === '2')) return false;
    return greenPercent > targetWeightOf(record, record.targets[index]!);
  });
  return isTooMuch ? 'G3: more than allowed on green' : undefined;
}

/** G1 and G2: every alias that no person moved is on the decided side alone. */
export function halfShifted({ record, aliases }: World): string | undefined {
  const isPromoted = record.decision?.side === 'promote';
  const isHalf = aliases.some(({ routing, isPersons }, index) => {
    if (isPersons) return false;
    if (!isPromoted && record.targets[index]!.isFirst) return routing !== undefined;
    return !routing || !isSameRouting(routing, allTraffic(isPromoted ? '2' : '1'));
  });
  return isHalf ? `G1: not on ${isPromoted ? 'green' : 'blue'} alone` : undefined;
}

/** G4: what a person set is theirs, and so is what the next release of a target wrote. */
export const overwritten = (world: World): string | undefined => (world.isOverwritten ? 'G4: overwritten' : undefined);
