import { decide, letGo, tryStep } from '../../functions/release/changes.ts';
import { ReleaseError } from '../../functions/release/errors.ts';
import { changedTargets, newRecord, type ReleaseRecord } from '../../functions/release/record.ts';
import { allTraffic, decideWrite, type Intent, isSameRouting, type Routing } from '../../functions/release/routing.ts';

/**
 * Explores every interleaving of writers of the same aliases. A writer is a list of atomic actions (one call to AWS
 * each); the world is the aliases and the record. States that were seen are not explored again.
 */

const AT = '2026-01-15T12:00:00.000Z';

export interface World {
  record: ReleaseRecord;
  aliases: { routing: Routing; revision: number; isPersons: boolean }[];
  /** A writer of this release wrote over what a person, or the next release, had set. */
  isOverwritten: boolean;
}

interface Writer {
  name: string;
  at: number;
  /** What it has read: an alias's routing and revision, and whether the rules let it write. */
  read?: { revision: number; routing: Routing };
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
      const { revision, routing } = world.aliases[target]!;
      writer.read = { revision, routing };
      return start + 1;
    },
    (world, writer) => {
      try {
        const write = rules(intent, world.record, changedTargets(world.record)[target]!, writer.read!.routing);
        if (write.act !== 'write') return start + 3;
        writer.write = write.routing;
        return start + 2;
      } catch (error) {
        if (error instanceof ReleaseError) return over;
        throw error;
      }
    },
    (world, writer) => {
      const alias = world.aliases[target]!;
      if (alias.revision !== writer.read!.revision) return start;
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

export function aWorld(targets: number): World {
  const names = Array.from({ length: targets }, (_, index) => ({ function: `f${index}`, alias: 'live' }));
  const request = {
    targets: names,
    plan: [],
    alarms: [],
    alarmsAlreadyRed: 'reject',
    missingData: 'notBreaching',
    smokeTests: [],
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
    record: { ...record, claim: 'held', targets: record.targets.map((target) => ({ ...target, blue: '1', green: '2' })) },
    aliases: names.map(() => ({ routing: allTraffic('1'), revision: 0, isPersons: false })),
    isOverwritten: false,
  };
}

export interface Result {
  states: number;
  /** A world and how it came about, for each broken promise; at most a few. */
  violations: { promise: string; path: string[]; aliases: Routing[] }[];
}

/** Runs the programs in every order. `check` looks at each state, `checkEnd` at those in which every writer is done. */
export function explore(
  world: World,
  programs: Record<string, Program>,
  check: (world: World) => string | undefined,
  checkEnd: (world: World) => string | undefined,
): Result {
  const seen = new Set<string>();
  const violations: Result['violations'] = [];
  const report = (promise: string | undefined, found: World, path: string[]) => {
    if (promise && violations.length < 3) violations.push({ promise, path, aliases: found.aliases.map(({ routing }) => routing) });
  };
  const visit = (current: World, writers: Writer[], path: string[]) => {
    const key = JSON.stringify([
      current.isOverwritten,
      current.aliases,
      current.record.decision?.side,
      current.record.step,
      current.record.claim,
      writers,
    ]);
    if (seen.has(key)) return;
    seen.add(key);
    report(check(current), current, path);
    const running = writers.filter((writer) => writer.at < programs[writer.name]!.length);
    if (running.length === 0) report(checkEnd(current), current, path);
    for (const { name } of running) {
      const next: World = { ...current, aliases: current.aliases.map((alias) => ({ ...alias })) };
      const nextWriters = writers.map((writer) => ({ ...writer }));
      const writer = nextWriters.find((one) => one.name === name)!;
      writer.at = programs[name]![writer.at]!(next, writer);
      visit(next, nextWriters, [...path, `${name} ${writer.at}`]);
    }
  };
  visit(
    world,
    Object.keys(programs).map((name) => ({ name, at: 0 })),
    [],
  );
  return { states: seen.size, violations };
}

/** G3: no alias of ours carries more green than the step being tried allows. */
export function tooMuchGreen({ record, aliases }: World): string | undefined {
  const allowed = record.step === undefined ? 0 : record.plan[record.step]!.weightPercent;
  const isTooMuch = aliases.some(
    ({ routing, isPersons }) => !isPersons && routing.version === '1' && (routing.weights['2'] ?? 0) > allowed,
  );
  return isTooMuch ? `G3: more than ${allowed} % on green` : undefined;
}

/** G1 and G2: every alias that no person moved is on the decided side alone. */
export function halfShifted({ record, aliases }: World): string | undefined {
  const wanted = allTraffic(record.decision?.side === 'promote' ? '2' : '1');
  return aliases.some(({ routing, isPersons }) => !isPersons && !isSameRouting(routing, wanted))
    ? `G1: not on version ${wanted.version} alone`
    : undefined;
}

/** G4: what a person set is theirs, and so is what the next release of a target wrote. */
export const overwritten = (world: World): string | undefined => (world.isOverwritten ? 'G4: overwritten' : undefined);
